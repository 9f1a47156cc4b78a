import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { lockRun } from './run-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'hone-lock-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(root, 'run-')), 'run.lock');
});

const lock = () => lockRun(path, 'runs/1', { patience: 100 });

function leave(content: string, secondsAgo = 0): void {
  writeFileSync(path, content);
  const then = new Date(Date.now() - secondsAgo * 1000);
  utimesSync(path, then, then);
}

test('lockRun() takes over what a process left that was killed before it had written who it is', async () => {
  leave('', 10);
  const release = await lock();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
  release();
  expect(() => readFileSync(path)).toThrow('ENOENT');
});

test('lockRun() takes over the lock of a machine that has not touched it for a minute, and of none that has', async () => {
  const elsewhere = JSON.stringify({ pid: 7, host: 'elsewhere' });
  leave(elsewhere, 61);
  (await lock())();
  leave(elsewhere, 20);
  await expect(lock()).rejects.toThrow('process 7 on elsewhere is training there');
});

test.runIf(process.platform === 'linux')(
  'lockRun() tells a process from a later one that has its number',
  async () => {
    leave(JSON.stringify({ pid: process.ppid, host: hostname(), started: '1' }));
    (await lock())();
    leave(JSON.stringify({ pid: process.ppid, host: hostname() }));
    await expect(lock()).rejects.toThrow(`process ${process.ppid} on ${hostname()}`);
  },
);
