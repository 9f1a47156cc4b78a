// Parameters and tags as MLflow's file store keeps them: a file for each, its path the key, its text the value.
import type { Param } from '../../../../tracking/index.ts';
import type { Tell } from '../problems.ts';
import type { SafeFiles } from './safe-files.ts';

/** Bytes that a value may have: many times what MLflow lets in. */
const valueLimit = 1 << 20;

/** Every file below a directory as a key with its value. `what` names the owner. */
export function readKeyValues(
  files: SafeFiles,
  directory: string,
  { what, tell }: { readonly what: string; readonly tell: Tell },
): readonly Param[] {
  const found: Param[] = [];
  for (const path of files.walk(directory, tell)) {
    const key = path.slice(directory.length + 1);
    const named: Tell = (problem) => tell({ ...problem, what: `${what}, '${key}'` });
    const value = files.text(path, { limit: valueLimit, tell: named });
    if (value !== undefined) found.push({ key, value });
  }
  return found;
}
