// The body of a request as MLflow takes it: empty or malformed is {}, a JSON string is parsed once more, a byte order mark is passed over.
import { isUtf8 } from 'node:buffer';
import { InputError } from '../../../core/index.ts';
import { isRecord } from './message.ts';

/**
 * The JSON object of a body.
 * @throws InputError for JSON that is no object
 */
export function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0 || !isUtf8(body)) return {};
  const first = parse(body.toString('utf8').replace(/^\ufeff/, ''));
  // Old clients encode twice.
  const json = typeof first === 'string' ? parse(first) : first;
  if (json === undefined || json === null) return {};
  if (isRecord(json)) return json;
  const what = Array.isArray(json) ? 'list' : typeof json;
  throw new InputError(`Cannot read the request: its body is a JSON ${what}; send an object`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return /NaN|Infinity/.test(text) ? parsePython(text) : undefined;
  }
}

const notANumber = '\0NaN';

/** JSON as Python writes it, in which NaN and the infinities stand without quotes. */
function parsePython(text: string): unknown {
  const json = text.replace(/"(?:[^"\\]|\\.)*"|NaN|Infinity/g, (token) => {
    if (token === 'NaN') return JSON.stringify(notANumber);
    return token === 'Infinity' ? '1e999' : token;
  });
  try {
    return JSON.parse(json, (_name, value: unknown) => (value === notANumber ? Number.NaN : value));
  } catch {
    return undefined;
  }
}
