// Helper programs end, are ended, or are not there.
import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram, runProgram } from './program.ts';

const node = process.execPath;
const timeoutMs = 20_000;

test('runProgram() gives status and text of a program, also of one that fails', async () => {
  const script = 'console.log(process.env.WORD); process.exitCode = 3';
  const output = await runProgram(node, ['-e', script], { timeoutMs, env: { WORD: 'ä' } });
  expect(output).toEqual({ status: 3, text: 'ä\n', isCut: false });
});

test('runProgram() has nothing of a program that is missing, hangs, or is stopped', async () => {
  const hang = ['-e', 'setInterval(() => {}, 1000)'];
  expect(await runProgram('/no/such/program', [], { timeoutMs })).toBeUndefined();
  expect(await runProgram('bad\0name', [], { timeoutMs })).toBeUndefined();
  expect(await runProgram(node, hang, { timeoutMs: 100 })).toBeUndefined();
  expect(await runProgram(node, hang, { timeoutMs, signal: AbortSignal.timeout(100) })).toBeUndefined();
  expect(await runProgram(node, hang, { timeoutMs, signal: AbortSignal.abort() })).toBeUndefined();
});

test('runProgram() ends a program that says more than is wanted, and says so', async () => {
  const script = "process.stdout.write('x'.repeat(100_000)); setInterval(() => {}, 1000)";
  const output = await runProgram(node, ['-e', script], { timeoutMs, maxBytes: 100 });
  expect(output).toEqual({ status: 0, text: 'x'.repeat(100), isCut: true });
});

test('findProgram() looks in absolute folders of the path only', () => {
  expect(findProgram('no-such-program')).toBeUndefined();
  expect(findProgram('package.json', process.cwd())).toBeUndefined();
  expect(findProgram('node', `.${delimiter}${process.cwd()}`)).toBeUndefined();
});
