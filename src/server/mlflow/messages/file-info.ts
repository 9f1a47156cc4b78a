// The message about a file or folder among artifacts.
import type { BlobEntry } from '../../../store/index.ts';
import { baseName } from '../artifacts/artifact-name.ts';
import { bool, int64, message, type Output, string } from '../wire/index.ts';

export const fileInfo = message({ path: string(), is_dir: bool(), file_size: int64() });

/** An entry, its path given from `folder` on: the folder of the request, not of the store. */
export function toFileInfo({ path, isDirectory, size }: BlobEntry, folder = ''): Output<typeof fileInfo> {
  const shown = folder === '' ? baseName(path) : `${folder}/${baseName(path)}`;
  return { path: shown, is_dir: isDirectory, file_size: isDirectory ? undefined : size };
}
