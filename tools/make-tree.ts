// Makes small source trees in a temporary folder for the tests of the checks.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A sentence that every file of a good tree begins with. */
export const OPENING = '// A file made for a test.\n';

const LAYERS = {
  folders: {
    core: [],
    text: ['core'],
    data: ['core', 'text'],
    cli: ['core'],
    app: ['*'],
    testing: ['*'],
    web: [],
  },
  typesOnly: { web: ['data'] },
  testsOnly: ['testing'],
  edges: ['cli'],
};
const MANIFEST = { name: 'hone', dependencies: { zod: '4' }, devDependencies: { vitest: '4' } };

/** Writes `files` (paths to contents) into a new folder, hands it to `look`, removes it and gives what `look` found. */
export function inTree<T>(files: Readonly<Record<string, string>>, look: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'hone-tree-'));
  const all = {
    'layers.json': JSON.stringify(LAYERS),
    'package.json': JSON.stringify(MANIFEST),
    'src/core/index.ts': `${OPENING}export const one = 1;\n`,
    ...files,
  };
  try {
    for (const [path, content] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
