// The layer check fails on each kind of forbidden import, and passes a good tree.
import { expect, test } from 'vitest';
import { checkLayers } from './check-layers.ts';
import { inTree, OPENING } from './make-tree.ts';

function faultsOf(files: Readonly<Record<string, string>>): string[] {
  return inTree(files, checkLayers);
}

test('checkLayers() passes a tree that keeps to its table', () => {
  const faults = faultsOf({
    'src/text/index.ts': `${OPENING}import { readFileSync } from 'node:fs';\nimport { z } from 'zod';\nimport { one } from '../core/index.ts';\nexport const two = [one, z, readFileSync];\n`,
    'src/text/a.test.ts': `${OPENING}import { test } from 'vitest';\nimport { tiny } from '../testing/index.ts';\ntest('a', () => tiny);\n`,
    'src/testing/index.ts': `${OPENING}export { two as tiny } from '../text/index.ts';\n`,
    'src/app/index.ts': `${OPENING}import '../text/index.ts';\n`,
    'src/web/index.ts': `${OPENING}import type { Data } from '../data/index.ts';\nexport type Page = Data;\n`,
    'src/data/index.ts': `${OPENING}export type Data = string;\n`,
    'src/index.ts': `${OPENING}export * as text from './text/index.ts';\n`,
  });
  expect(faults).toEqual([]);
});

test.each([
  [
    'an import against the table',
    'src/core/a.ts',
    "import '../text/index.ts';",
    "'core' may not import 'text'",
  ],
  [
    'a type import against the table',
    'src/core/a.ts',
    "import type { T } from '../text/index.ts';",
    "'core' may not",
  ],
  [
    'a dynamic import against the table',
    'src/core/a.ts',
    "await import('../text/index.ts');",
    "'core' may not",
  ],
  ['a re-export against the table', 'src/core/a.ts', "export * from '../text/index.ts';", "'core' may not"],
  [
    'a type written as an import',
    'src/core/a.ts',
    "type T = import('../text/index.ts').T;",
    "'core' may not",
  ],
  [
    'a way round the index',
    'src/text/a.ts',
    "import '../core/deep.ts';",
    "import 'src/core/index.ts' in place of",
  ],
  [
    'a value where only types are allowed',
    'src/web/a.ts',
    "import { d } from '../data/index.ts';",
    "'web' may not",
  ],
  ['an edge imported by app', 'src/app/a.ts', "import '../cli/index.ts';", "'app' may not import 'cli'"],
  [
    'testing in shipped code',
    'src/app/a.ts',
    "import '../testing/index.ts';",
    "'app' may not import 'testing'",
  ],
  ['a computed import', 'src/core/a.ts', 'await import(name);', 'computed import'],
  ['a file outside src', 'src/core/a.ts', "import '../../tools/x.ts';", 'lies outside src'],
  ["the package's own face", 'src/core/a.ts', "import '../index.ts';", "is the package's face"],
  [
    'an undeclared package',
    'src/core/a.ts',
    "import 'lodash';",
    "package 'lodash' is not among the dependencies",
  ],
  [
    'a development package in shipped code',
    'src/core/a.ts',
    "import 'vitest';",
    "package 'vitest' is not among",
  ],
  ['a file that does not parse', 'src/core/a.ts', 'import {', 'src/core/a.ts: '],
  ['a folder without a row', 'src/extra/a.ts', '', "folder 'src/extra' has no row"],
  [
    'a tool that goes round an index',
    'tools/a.ts',
    "import '../src/core/deep.ts';",
    "import 'src/core/index.ts'",
  ],
])('checkLayers() refuses %s', (_, path, code, message) => {
  expect(faultsOf({ [path]: `${OPENING}${code}\n` }).join('\n')).toContain(message);
});

test('checkLayers() tells a circle of files once, with its way', () => {
  const faults = faultsOf({
    'src/core/a.ts': `${OPENING}import './b.ts';\n`,
    'src/core/b.ts': `${OPENING}export const later = () => import('./c.ts');\n`,
    'src/core/c.ts': `${OPENING}export * from './a.ts';\n`,
  });
  expect(faults).toEqual([
    'files import in a circle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
  ]);
});

test('checkLayers() lets types refer to each other in a circle', () => {
  const faults = faultsOf({
    'src/core/a.ts': `${OPENING}import type { B } from './b.ts';\nexport type A = B[];\n`,
    'src/core/b.ts': `${OPENING}import type { A } from './a.ts';\nexport type B = A[];\n`,
  });
  expect(faults).toEqual([]);
});
