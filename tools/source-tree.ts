// The files and folders of a source tree that the checks look at.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that hold what programs wrote or what tests feed on: not source to be judged. */
const NOT_SOURCE = new Set(['node_modules', 'generated', 'fixtures', 'dist']);

/** Where the sources lie, relative to the repository's root. */
export const SOURCE_ROOTS = ['bin', 'src', 'test', 'tools'] as const;

/** Paths (with `/`, relative to the root, sorted) of all TypeScript and JavaScript sources. */
export function listSources(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!NOT_SOURCE.has(entry.name) && !entry.name.startsWith('.')) visit(path);
      } else if (/\.[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts')) found.push(path);
    }
  };
  for (const folder of SOURCE_ROOTS) if (existsSync(join(root, folder))) visit(folder);
  return found.sort();
}

/** Folders under `folder` ('' is the root), sorted; hidden ones and those that `.gitignore` names are left out. */
export function listFolders(root: string, folder = ''): string[] {
  const ignored = ignoredFolders(root);
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !ignored.has(entry.name))
    .map((entry) => (folder === '' ? entry.name : `${folder}/${entry.name}`))
    .sort();
}

/** Whether a file is a test: it may import what shipped code may not, and is not counted in budgets. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/');
}

function ignoredFolders(root: string): Set<string> {
  const file = join(root, '.gitignore');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  const names = lines.filter((line) => /^\/?[\w.-]+\/$/.test(line)).map((line) => line.replaceAll('/', ''));
  return new Set([...names, 'node_modules']);
}
