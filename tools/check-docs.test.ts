// The doc check follows an index to the declarations behind it.
import { expect, test } from 'vitest';
import { checkDocs } from './check-docs.ts';
import { inTree } from './make-tree.ts';

const CODE = `// A file made for a test.
/** Documented. */
export const good = 1;
export function bad() {}
export type Bad = string;
function hidden() {}
/** Documented. */
class Good {}
export { Good, hidden };
`;

function faultsOf(index: string): string[] {
  return inTree({ 'src/core/index.ts': index, 'src/core/inner/a.ts': CODE }, checkDocs);
}

test('checkDocs() names what is exported without a comment, wherever it is declared', () => {
  const names = ['bad', 'Bad', 'hidden'];
  expect(faultsOf("export * from './inner/a.ts';\n").sort()).toEqual(
    names
      .map((name) => `src/core/inner/a.ts: '${name}' is exported by its folder and has no doc comment`)
      .sort(),
  );
});

test('checkDocs() looks only at the names that the index takes', () => {
  expect(faultsOf("export { good, Good as Better } from './inner/a.ts';\n")).toEqual([]);
  expect(faultsOf("export { good, bad } from './inner/a.ts';\n")).toHaveLength(1);
});

test('checkDocs() looks at the index itself', () => {
  expect(faultsOf('export const bare = 1;\n').join()).toContain("src/core/index.ts: 'bare'");
});
