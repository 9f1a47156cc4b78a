// JSON files of a model's directory.
import { readFile } from 'node:fs/promises';
import { fileError, InputError, isSystemError } from '../../core/index.ts';
import type { JsonObject } from '../config-json.ts';

/** The JSON object of a file; undefined when there is no such file. Throws InputError when it is no JSON object. */
export async function readJsonObject(path: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw fileError(`Cannot read '${path}'`, error);
  }
  const value = parse(text, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`Cannot read '${path}': it holds no JSON object; fetch or write it again`);
  return value as JsonObject;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Cannot read '${path}': it is not JSON (${reason}); fetch or write it again`, {
      cause,
    });
  }
}
