// `npm test`: all checks, then all tests, then one line `N passed, N failed`. Arguments go to vitest.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './run-checks.ts';
import { ROOT, runNode } from './run-command.ts';
import { summarize } from './test-summary.ts';

const folder = join(ROOT, '.cache');
const jsonFile = join(folder, 'vitest.json');
const summaryFile = join(folder, 'test-summary.txt');

mkdirSync(folder, { recursive: true });
rmSync(jsonFile, { force: true });
rmSync(summaryFile, { force: true });
const checks = runChecks();
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${jsonFile}`];
const testsPassed = runNode('node_modules/vitest/vitest.mjs', [...args, ...process.argv.slice(2)]);
const summary = summarize({ checks: [...checks.values()], testsPassed, vitest: readReport(jsonFile) });
writeFileSync(summaryFile, `${summary.line}\n`);
console.log(summary.line);
if (summary.failed > 0) process.exitCode = 1;

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
