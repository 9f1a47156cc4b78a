// Retries, on a clock of their own.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError, ResourceError } from '../../../../core/index.ts';
import { WithheldError } from '../source/withheld-error.ts';
import { withRetries } from './with-retries.ts';

let attempts = 0;
const waited: number[] = [];
const pause = async (ms: number) => void waited.push(ms);
beforeEach(() => {
  attempts = 0;
});
afterEach(() => void waited.splice(0));

const { signal } = new AbortController();
const failing = (times: number, error: Error) => async () => {
  attempts++;
  if (attempts <= times) throw error;
  return 'done';
};
const down = new ResourceError('down');

test('withRetries() asks again until it is answered, and waits longer each time', async () => {
  const answers = async () => false;
  expect(await withRetries(failing(6, down), { signal, answers, pause })).toBe('done');
  expect(waited).toEqual([300, 1000, 2000, 4000, 8000, 16_000]);
});

test('withRetries() gives up a server that never answers', async () => {
  await expect(withRetries(failing(99, down), { signal, pause, answers: async () => false })).rejects.toBe(
    down,
  );
  expect(attempts).toBe(7);
});

test('withRetries() calls withheld what a server does not answer that answers others, sooner or later', async () => {
  await expect(withRetries(failing(99, down), { signal, pause, answers: async () => true })).rejects.toThrow(
    WithheldError,
  );
  expect(attempts).toBe(3);
  attempts = 0;
  const late = async () => attempts > 4;
  await expect(withRetries(failing(99, down), { signal, pause, answers: late })).rejects.toThrow(
    WithheldError,
  );
  expect(attempts).toBe(5);
});

test('withRetries() does not ask again what was refused, nor after it shall stop', async () => {
  const answers = async () => true;
  await expect(withRetries(failing(9, new InputError('no')), { signal, answers, pause })).rejects.toThrow(
    'no',
  );
  await expect(withRetries(failing(9, down), { signal: AbortSignal.abort(), answers, pause })).rejects.toBe(
    down,
  );
  expect(attempts).toBe(2);
});
