// Reads a body that must be JSON in UTF-8, as it is.
import { InputError } from '../../core/index.ts';
import type { HttpCall } from './call.ts';
import { ParameterError } from './parse.ts';
import { readBody } from './read-body.ts';
import { Refusal } from './refusal.ts';

/** Levels of a value; what looks through values later does so by recursion. */
const mostLevels = 256;

/**
 * The JSON of a body; an empty one is an empty object.
 * @throws Refusal for another content type or a body that is too large; InputError for what is no JSON
 */
export async function readJson({ http, bodyLimit }: Pick<HttpCall, 'http' | 'bodyLimit'>): Promise<unknown> {
  const bytes = await readBody(http, bodyLimit);
  if (bytes.length === 0) return {};
  checkType(http.headers['content-type'] ?? 'application/json');
  checkPacking(http.headers['content-encoding'] ?? 'identity');
  const value = parse(bytes);
  if (isTooDeep(value))
    throw new ParameterError(
      '',
      `Cannot read the request: its body is nested more than ${mostLevels} levels deep; make it flatter`,
    );
  return value;
}

function checkType(type: string): void {
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) throw unsupported(`its content type is '${type}'`);
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type)?.[1] ?? 'utf-8';
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) throw unsupported(`its encoding is '${charset}'`);
}

function checkPacking(encoding: string): void {
  if (encoding.toLowerCase() !== 'identity') throw unsupported(`its body is packed as '${encoding}'`);
}

function unsupported(reason: string): Refusal {
  return new Refusal(
    'unsupported-type',
    `Cannot read the request: ${reason}; send application/json in UTF-8, not packed`,
  );
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(
      `Cannot read the request: its body is no JSON in UTF-8 (${error instanceof Error ? error.message : error}); mend it`,
      { cause: error },
    );
  }
}

function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; depth < mostLevels; depth++) {
    if (level.length === 0) return false;
    level = level.flatMap((one) => Object.values(one).filter(isContainer));
  }
  return level.length > 0;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
