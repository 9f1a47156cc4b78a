// Ctrl-C in two stages.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { interruptSignal } from './interrupt.ts';

function watch() {
  const heard: string[] = [];
  const told = interruptSignal({ onFirst: () => heard.push('first'), exit: () => heard.push('exit') });
  return { ...told, heard };
}

test('interruptSignal() aborts at the first signal and takes its echo for the same press', () => {
  const { signal, release, heard } = watch();
  process.emit('SIGINT');
  process.emit('SIGINT');
  release();
  expect(signal.aborted).toBe(true);
  expect(heard).toEqual(['first']);
});

test('interruptSignal() ends the process at a second press, whichever signal it is', async () => {
  const { release, heard } = watch();
  process.emit('SIGTERM');
  await sleep(350);
  process.emit('SIGINT');
  release();
  expect(heard).toEqual(['first', 'exit']);
});

test('interruptSignal() listens no more once released', () => {
  const before = process.listenerCount('SIGINT');
  const { signal, release } = watch();
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  release();
  expect(process.listenerCount('SIGINT')).toBe(before);
  expect(signal.aborted).toBe(false);
});
