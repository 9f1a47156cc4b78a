import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { childEnvironment, type LaunchRequest, localPlatform, platformFor } from './index.ts';
import { canMeasureMemory } from './resident-memory.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'hone-launch-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run that does `what`; `heard` resolves to its first message. */
async function launch(what: string, more: Partial<LaunchRequest> = {}) {
  const heard = Promise.withResolvers<unknown>();
  const directory = mkdtempSync(join(root, 'run-'));
  const run = await localPlatform().launch({
    entry: new URL('./test-support/run.ts', import.meta.url),
    directory,
    message: { do: what, secret: 'planted' },
    environment: childEnvironment(),
    memoryLimit: null,
    timeLimit: null,
    onMessage: heard.resolve,
    ...more,
  });
  return { run, directory, heard: heard.promise };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('launch() gives a run its own directory, environment and logs, and tells how it ended', async () => {
  const { run, directory, heard } = await launch('answer', { environment: { ONLY: 'this' } });
  expect(await heard).toMatchObject({ cwd: directory, argv: [] });
  const { env } = (await heard) as { readonly env: Readonly<Record<string, string>> };
  expect(env.ONLY).toBe('this');
  expect(env.HOME).toBeUndefined();
  expect(JSON.stringify(env)).not.toContain('planted');
  expect(await run.ended).toMatchObject({ cause: 'exit', exitCode: 3, signal: null });
  expect((await run.ended).lastWords).toContain('on standard error');
  expect(readFileSync(join(directory, 'logs/stdout.log'), 'utf8')).toBe('on standard output\n');
});

test.skipIf(!canMeasureMemory)('launch() ends a run alone that takes more memory than it may', async () => {
  const other = await launch('obey');
  const { run } = await launch('eat', { memoryLimit: 300 * 2 ** 20 });
  const end = await run.ended;
  expect(end).toMatchObject({ cause: 'memory-limit', signal: 'SIGKILL' });
  expect(end.peakMemory).toBeGreaterThan(300 * 2 ** 20);
  expect(isAlive(other.run.pid)).toBe(true);
  await other.run.kill();
});

test('launch() ends a run that takes longer than it may', async () => {
  const { run } = await launch('sleep', { timeLimit: 300 });
  expect(await run.ended).toMatchObject({ cause: 'time-limit', signal: 'SIGKILL' });
});

test('stop() lets a run end by itself', async () => {
  const { run, heard } = await launch('obey');
  await heard;
  expect(await run.stop({ graceMs: 20_000 })).toMatchObject({ cause: 'exit', exitCode: 0 });
});

test('stop() forces a run that does not end, with all that it started', async () => {
  const { run, heard } = await launch('stubborn');
  const { child } = (await heard) as { readonly child: number };
  expect(await run.stop({ graceMs: 300 })).toMatchObject({ cause: 'stop', signal: 'SIGKILL' });
  for (let tries = 0; isAlive(child) && tries < 100; tries++) await sleep(20);
  expect(isAlive(child)).toBe(false);
});

test('childEnvironment() hands on what programs need and nothing that could be a secret', () => {
  const given = {
    ...{ PATH: '/bin', HOME: '/home/x', LC_ALL: 'C', CUDA_VISIBLE_DEVICES: '0', COLAB_GPU: '1' },
    ...{ AWS_SECRET_ACCESS_KEY: 's', PGPASSWORD: 's', OPENAI_API_KEY: 's', KAGGLE_KEY: 's', HONE_X: 's' },
    ...{ NODE_OPTIONS: '--inspect', HTTPS_PROXY: 'http://user:s@proxy' },
  };
  expect(Object.keys(childEnvironment(given)).sort()).toEqual(
    ['COLAB_GPU', 'CUDA_VISIBLE_DEVICES', 'HOME', 'LC_ALL', 'PATH'].sort(),
  );
});

test('platformFor() carries runs out as processes in notebooks, too', () => {
  expect(platformFor({ name: 'colab' })).toMatchObject({
    name: 'colab',
    capabilities: { stop: true, hosts: 1 },
  });
});

test('a run that is asked to stop after its end leaves no timer that this process would wait for', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const { run } = await launch('answer');
  await run.ended;
  const before = timers();
  await run.stop({ graceMs: 300_000 });
  expect(timers()).toBe(before);
});
