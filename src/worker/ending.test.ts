import { expect, test } from 'vitest';
import type { RunEnd } from '../platform/index.ts';
import { endOf } from './ending.ts';

const limits = { memoryLimit: 2 ** 30, timeLimit: 60_000 };
const end: RunEnd = { cause: 'exit', exitCode: 0, signal: null, peakMemory: 0, lastWords: '' };
const done = { type: 'done', result: 1 } as const;
const failure = { type: 'failed', error: { code: 'x', message: 'x' }, retry: true } as const;

test('endOf() lets a job that was done be done, whatever was asked of it', () => {
  for (const asked of ['cancel', 'pause', 'release', undefined] as const)
    expect(endOf(end, { asked, outcome: done, limits })).toEqual(done);
});

test('endOf() does what was asked of a job that stopped or was forced to', () => {
  const forced: RunEnd = { ...end, cause: 'stop', exitCode: null, signal: 'SIGKILL' };
  for (const [asked, type] of [
    ['cancel', 'cancelled'],
    ['pause', 'paused'],
    ['release', 'released'],
  ] as const) {
    expect(endOf(end, { asked, outcome: { type: 'stopped' }, limits })).toEqual({ type });
    expect(endOf(forced, { asked, outcome: undefined, limits })).toEqual({ type });
  }
  expect(endOf(end, { asked: 'cancel', outcome: failure, limits })).toEqual({ type: 'cancelled' });
});

test('endOf() gives a job back whose process somebody else stopped', () => {
  expect(endOf(end, { asked: undefined, outcome: { type: 'stopped' }, limits })).toEqual({
    type: 'released',
  });
});

test('endOf() fails for good by a limit and for lack of memory, for now by a crash', () => {
  const of = (more: Partial<RunEnd>) =>
    endOf({ ...end, ...more }, { asked: undefined, outcome: undefined, limits });
  expect(of({ cause: 'memory-limit' })).toMatchObject({ error: { code: 'out_of_memory' }, retry: false });
  expect(of({ cause: 'time-limit' })).toMatchObject({ error: { code: 'time_limit' }, retry: false });
  const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  expect(of({ exitCode: 134, lastWords: words })).toMatchObject({
    ...{ error: { code: 'out_of_memory' }, retry: false },
  });
  expect(of({ exitCode: null, signal: 'SIGSEGV', lastWords: 'a\nlast word\n' })).toMatchObject({
    error: { code: 'server_error', message: expect.stringContaining('by SIGSEGV: last word') },
    retry: true,
  });
});
