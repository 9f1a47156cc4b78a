// Checks that the file list of README.md names every folder on the disk, and no other, with a sentence for each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFolders } from './source-tree.ts';

/** Folders whose children have lines of their own. */
const EXPANDED = ['src', 'tools'];

/** Faults of the README under `root`, one line each; empty when all is well. */
export function checkReadme(root: string): string[] {
  const block = /^## Files\s+```\w*\r?\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  if (block?.[1] === undefined)
    return ["README.md: heading '## Files' with a fenced list below it is missing"];
  const faults: string[] = [];
  const listed = new Set<string>();
  for (const line of block[1].split(/\r?\n/).filter((text) => text !== '')) {
    const entry = /^([\w./-]+)\/\s+(\S.*)$/.exec(line);
    if (entry?.[1] === undefined) faults.push(`README.md: '${line}' is not 'folder/  what it is'`);
    else if (listed.has(entry[1])) faults.push(`README.md: folder '${entry[1]}' is listed twice`);
    else listed.add(entry[1]);
  }
  const top = listFolders(root);
  const inner = EXPANDED.filter((folder) => top.includes(folder)).flatMap((folder) =>
    listFolders(root, folder),
  );
  const present = new Set([...top, ...inner].filter((folder) => folder !== 'src'));
  for (const folder of present)
    if (!listed.has(folder))
      faults.push(`README.md: folder '${folder}' is on the disk but not in the file list`);
  for (const folder of listed)
    if (!present.has(folder))
      faults.push(`README.md: folder '${folder}' is in the file list but not on the disk`);
  return faults;
}
