// The file check fails on a missing opening, a function too long and a folder too full; the rest are warnings.
import { expect, test } from 'vitest';
import { checkFiles, type FilesResult } from './check-files.ts';
import { inTree, OPENING } from './make-tree.ts';

function resultOf(files: Readonly<Record<string, string>>): FilesResult {
  return inTree(files, checkFiles);
}

function bodyOf(lines: number): string {
  return '  one();\n'.repeat(lines);
}

test('checkFiles() passes a good tree and reports it by folder', () => {
  const result = resultOf({ 'bin/run.js': `#!/usr/bin/env node\n${OPENING}one();\n` });
  expect(result.faults).toEqual([]);
  expect(result.warnings).toEqual([]);
  expect(result.report.join('\n')).toMatch(/^bin +1 +3 /m);
  expect(result.report.join('\n')).toMatch(/^all +2 +5 /m);
});

test.each([
  ['no comment', 'export const one = 1;\n'],
  ['an empty file', ''],
  ['a word', '// Helpers.\n'],
  ['no end', '// Things that help the others\n'],
])('checkFiles() refuses an opening with %s', (_, content) => {
  expect(resultOf({ 'src/core/a.ts': content }).faults).toEqual([
    "src/core/a.ts: begin the file with a sentence that says what it is ('// ... .')",
  ]);
});

test.each([
  ['function', `function long() {\n${bodyOf(119)}}\n`],
  ['arrow', `const long = () => {\n${bodyOf(119)}};\n`],
  ['method', `class A {\nlong() {\n${bodyOf(119)}}\n}\n`],
  ['member', `const table = {\nlong: () => {\n${bodyOf(119)}},\n};\n`],
])('checkFiles() refuses a %s of 121 lines and passes one of 120', (_, code) => {
  expect(resultOf({ 'src/core/a.ts': OPENING + code }).faults.join()).toContain(
    "function 'long' has 121 lines",
  );
  expect(resultOf({ 'src/core/a.ts': OPENING + code.replace('  one();\n', '') }).faults).toEqual([]);
});

test('checkFiles() refuses the 26th file of a folder, tests not counted', () => {
  const files = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`src/core/f${i}.ts`, OPENING]));
  expect(resultOf({ ...files, 'src/core/a.test.ts': OPENING }).faults).toEqual([]);
  expect(resultOf({ ...files, 'src/core/more.ts': OPENING }).faults.join()).toContain('src/core: 26 files');
});

test('checkFiles() warns when most files or functions are long', () => {
  const { faults, warnings } = resultOf({
    'src/core/index.ts': `${OPENING}function long() {\n${bodyOf(99)}}\n`,
  });
  expect(faults).toEqual([]);
  expect(warnings.join('\n')).toContain('median of fileLines is 102, budget 90');
  expect(warnings.join('\n')).toContain('95th percentile of functionLines is 101, budget 50');
});

test('checkFiles() asks no opening of a test, whose name says what it is', () => {
  expect(resultOf({ 'src/core/a.test.ts': 'one();\n' }).faults).toEqual([]);
});

test('checkFiles() leaves generated code and fixtures alone', () => {
  expect(resultOf({ 'src/core/generated/a.js': 'x', 'test/fixtures/b.ts': 'x' }).faults).toEqual([]);
});
