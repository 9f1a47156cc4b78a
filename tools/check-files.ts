// Checks each source file's opening sentence, the length of functions and the number of files in a folder.
import { dirname } from 'node:path';
import { parseSource, type SourceFile } from './parse-source.ts';
import { isTest, listSources } from './source-tree.ts';

/** Beyond these the check fails. */
const LIMITS = { functionLines: 120, filesPerFolder: 25 };
/** Beyond these the report warns: half of the values, and 95 % of them, should be at most so large. */
const BUDGETS = {
  fileLines: { median: 90, p95: 450 },
  functionLines: { median: 10, p95: 50 },
  exports: { median: 3, p95: 10 },
};

/** What was found: `faults` fail the check, `warnings` do not, `report` is a table by folder. */
export type FilesResult = {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  readonly report: readonly string[];
};

/** Measures the tree under `root`. */
export function checkFiles(root: string): FilesResult {
  const files = listSources(root).map((path) => parseSource(root, path));
  const counted = files.filter((file) => !isTest(file.path));
  return {
    faults: [...counted.flatMap(checkOpening), ...files.flatMap(checkFunctions), ...checkFolders(counted)],
    warnings: overBudget(counted),
    report: reportByFolder(counted),
  };
}

/** The first line (after `#!`) of a file, tests aside, opens a comment of at least three words that ends as a sentence does. */
function checkOpening(file: SourceFile): string[] {
  const lines = file.text.split(/\r?\n/);
  if (lines[0]?.startsWith('#!')) lines.shift();
  const end = lines.findIndex((line) => !line.startsWith('//'));
  const comment = lines.slice(0, end < 0 ? undefined : end).join(' ');
  return /^\/\/ \S+( \S+){2,}[.?!:)]$/.test(comment)
    ? []
    : [`${file.path}: begin the file with a sentence that says what it is ('// ... .')`];
}

function checkFunctions(file: SourceFile): string[] {
  return file.functions
    .filter((one) => one.lines > LIMITS.functionLines)
    .map(
      (one) =>
        `${file.path}:${one.line}: function '${one.name}' has ${one.lines} lines, at most ${LIMITS.functionLines}`,
    );
}

function checkFolders(files: readonly SourceFile[]): string[] {
  return [...groupByFolder(files)]
    .filter(([, members]) => members.length > LIMITS.filesPerFolder)
    .map(
      ([folder, members]) =>
        `${folder}: ${members.length} files, at most ${LIMITS.filesPerFolder}; split the folder`,
    );
}

function overBudget(files: readonly SourceFile[]): string[] {
  const warnings: string[] = [];
  for (const [name, values] of Object.entries(measures(files))) {
    const budget = BUDGETS[name as keyof typeof BUDGETS];
    const [median, p95] = [quantile(values, 0.5), quantile(values, 0.95)];
    if (median > budget.median) warnings.push(`median of ${name} is ${median}, budget ${budget.median}`);
    if (p95 > budget.p95) warnings.push(`95th percentile of ${name} is ${p95}, budget ${budget.p95}`);
  }
  return warnings;
}

function measures(files: readonly SourceFile[]): Record<keyof typeof BUDGETS, number[]> {
  return {
    fileLines: files.map((file) => file.lines),
    functionLines: files.flatMap((file) => file.functions.map((one) => one.lines)),
    exports: files.map((file) => file.exports),
  };
}

function reportByFolder(files: readonly SourceFile[]): string[] {
  const head = [
    'folder',
    'files',
    'lines',
    'file p50',
    'p95',
    'max',
    'func p50',
    'p95',
    'max',
    'exports p50',
    'p95',
  ];
  const rows = [...groupByFolder(files)].map(([folder, members]) => reportRow(folder, members));
  const table = [head, ...rows, reportRow('all', files)];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function reportRow(folder: string, files: readonly SourceFile[]): string[] {
  const { fileLines, functionLines, exports } = measures(files);
  const sum = fileLines.reduce((total, lines) => total + lines, 0);
  const numbers = [
    ...[files.length, sum],
    ...[0.5, 0.95, 1].map((q) => quantile(fileLines, q)),
    ...[0.5, 0.95, 1].map((q) => quantile(functionLines, q)),
    ...[0.5, 0.95].map((q) => quantile(exports, q)),
  ];
  return [folder, ...numbers.map(String)];
}

function groupByFolder(files: readonly SourceFile[]): Map<string, SourceFile[]> {
  return Map.groupBy(files, (file) => dirname(file.path));
}

/** Nearest-rank quantile; 0 of nothing. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}
