// The index of weights in several files (`model.safetensors.index.json`): which file holds which tensor.
import { readFile } from 'node:fs/promises';
import { fileError, InputError } from '../../core/index.ts';
import { findDuplicateKey } from './duplicate-key.ts';

/** Reads an index: file name by tensor name. Throws InputError when it is none, or leads out of its directory. */
export async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const refuse = (reason: string, cause?: unknown) =>
    new InputError(`Cannot read '${path}': ${reason}; fetch or write it again`, { cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(`Cannot read '${path}'`, error);
  }
  const map = weightMap(text);
  if (map === undefined) throw refuse('it is not a JSON object with a weight_map');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) throw refuse(`it names '${duplicate.key}' twice`);
  const index = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !/^[^/\\]+\.safetensors$/.test(file)) {
      throw refuse(
        `it places '${name}' in ${JSON.stringify(file)}, which is not the name of a .safetensors file beside it`,
      );
    }
    index.set(name, file);
  }
  return index;
}

/** The text of an index. */
export function encodeIndex(index: ReadonlyMap<string, string>, totalSize: number): string {
  const sorted = [...index].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `${JSON.stringify({ metadata: { total_size: totalSize }, weight_map: Object.fromEntries(sorted) }, null, 2)}\n`;
}

function weightMap(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('weight_map' in value)) return undefined;
    return typeof value.weight_map === 'object' && value.weight_map !== null ? value.weight_map : undefined;
  } catch {
    return undefined;
  }
}
