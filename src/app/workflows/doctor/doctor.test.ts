// What the doctor says of machines that lack something.
import { expect, test } from 'vitest';
import { checkDirectory, roomFinding } from './disk.ts';
import { gigabyte } from './finding.ts';
import { checkEnvironment, checkMemory, checkNode, quotaFinding } from './machine.ts';
import { checkRuntime, checkTokenizers } from './native-parts.ts';

test('checkNode() refuses what cannot run the sources', () => {
  expect(checkNode('22.17.1')).toMatchObject({ status: 'fault', remedy: expect.stringContaining('22.18') });
  expect(checkNode('22.18.0').status).toBe('ok');
  expect(checkNode('24.0.0').status).toBe('ok');
});

test('checkMemory() warns of little and refuses almost none', () => {
  const status = (free: number) => checkMemory(free * gigabyte, 8 * gigabyte).status;
  expect([4, 1, 0.1].map(status)).toEqual(['ok', 'warning', 'fault']);
  expect(checkMemory(gigabyte, 2 * gigabyte).detail).toContain('1.0 GB free of 2.0 GB');
});

test('quotaFinding() names the setting where a container may use fewer threads than it sees', () => {
  expect(quotaFinding(1.5, 8)).toMatchObject({ status: 'warning', remedy: 'train with threads=1' });
  expect(quotaFinding(8, 8).status).toBe('ok');
});

test('roomFinding() judges the room left on a disk', () => {
  const status = (free: number) => roomFinding('cache', '/c', free * gigabyte).status;
  expect([10, 1, 0.1].map(status)).toEqual(['ok', 'warning', 'fault']);
});

test('checkDirectory() finds a place that cannot be written', async () => {
  const finding = await checkDirectory('cache', '/dev/null/cache');
  expect(finding).toMatchObject({ status: 'fault', remedy: expect.any(String) });
});

test('checkEnvironment() finds settings that slow training', () => {
  expect(checkEnvironment({})).toEqual([]);
  const names = checkEnvironment({ LD_PRELOAD: 'x.so', HONE_TUNED: '1', NODE_OPTIONS: '--jitless' });
  expect(names.map(({ name }) => name)).toEqual(['LD_PRELOAD', 'HONE_TUNED', 'NODE_OPTIONS']);
});

test('checkRuntime() and checkTokenizers() run the native parts', async () => {
  expect(await checkRuntime()).toMatchObject([
    { name: 'tensor runtime', status: 'ok', detail: expect.stringContaining('cpu') },
    { name: 'tensor arithmetic', status: 'ok' },
  ]);
  expect(await checkTokenizers()).toMatchObject({ status: 'ok' });
});
