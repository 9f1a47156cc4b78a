// The README check compares its file list with the disk in both directions.
import { expect, test } from 'vitest';
import { checkReadme } from './check-readme.ts';
import { inTree } from './make-tree.ts';

function faultsOf(list: string, files: Readonly<Record<string, string>> = {}): string[] {
  const readme = `# Hone\n\n## Files\n\n\`\`\`text\n${list}\`\`\`\n`;
  return inTree(
    { 'README.md': readme, '.gitignore': 'dist/\n*.log\n', 'dist/x.js': '', ...files },
    checkReadme,
  );
}

test('checkReadme() passes a list that equals the disk', () => {
  expect(faultsOf('src/core/   the bottom\n')).toEqual([]);
});

test('checkReadme() names a folder that the list lacks', () => {
  expect(faultsOf('src/core/  the bottom\n', { 'tools/a/x.ts': '' })).toEqual([
    "README.md: folder 'tools' is on the disk but not in the file list",
    "README.md: folder 'tools/a' is on the disk but not in the file list",
  ]);
});

test('checkReadme() names a folder that the disk lacks', () => {
  expect(faultsOf('src/core/  the bottom\nsrc/gone/  nothing\n')).toEqual([
    "README.md: folder 'src/gone' is in the file list but not on the disk",
  ]);
});

test('checkReadme() refuses a line without a sentence, a second line for a folder, and a missing list', () => {
  expect(faultsOf('src/core/\n').join()).toContain("'src/core/' is not 'folder/  what it is'");
  expect(faultsOf('src/core/  a\nsrc/core/  b\n').join()).toContain('listed twice');
  expect(inTree({ 'README.md': '# Hone\n' }, checkReadme).join()).toContain("heading '## Files'");
});
