// A run's directory, metrics and checkpoints.
import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ParameterStore } from '../step/parameter-store.ts';
import { checkpointSteps, pruneCheckpoints, restoreNewest, saveCheckpoint } from './checkpoint.ts';
import { MetricsLog, readMetrics } from './metrics-log.ts';
import { inRunDirectory, type RunIdentity } from './run-directory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-run-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const identity: RunIdentity = {
  recipe: 'sft',
  settings: { learning_rate: 1e-3, batch_size: 8 },
  data: 'd',
  weights: 'w',
};

function take(path: string, other: RunIdentity = identity, resume = false): Promise<string> {
  return inRunDirectory(path, { identity: other, resume }, async (run) => {
    // What makes a run worth keeping
    await mkdir(join(run.checkpoints, 'step-1'), { recursive: true });
    return run.path;
  });
}

test('inRunDirectory() takes a new directory, and gives it again only to the same run with resume', async () => {
  const path = join(directory, 'run');
  await take(path);
  await expect(take(path)).rejects.toThrow(/begun there before; add --resume/);
  await expect(take(path, identity, true)).resolves.toBe(path);
});

test('inRunDirectory() refuses the directory of another run and says what differs', async () => {
  await take(directory);
  const other = { ...identity, settings: { ...identity.settings, batch_size: 4 }, data: 'e' };
  await expect(take(directory, other, true)).rejects.toThrow(
    /belongs to another run, which differs in batch_size \(8 there, 4 now\), the data/,
  );
});

test('inRunDirectory() takes another reference model for another run', async () => {
  await take(directory, { ...identity, reference: 'r' });
  await expect(take(directory, { ...identity, reference: 's' }, true)).rejects.toThrow(
    /differs in the reference model/,
  );
});

test('inRunDirectory() gives the directory of a run that came to nothing to another one', async () => {
  const failed = inRunDirectory(directory, { identity, resume: false }, () =>
    Promise.reject(new Error('Loss is NaN')),
  );
  await expect(failed).rejects.toThrow('Loss is NaN');
  await expect(take(directory, { ...identity, data: 'e' })).resolves.toBe(directory);
});

test('inRunDirectory() lets one process in at a time, and takes over from one that is gone', async () => {
  await mkdir(directory, { recursive: true });
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(join(directory, 'run.lock'), JSON.stringify({ pid: gone, host: hostname() }));
  await take(directory);
  await writeFile(join(directory, 'run.lock'), JSON.stringify({ pid: process.ppid, host: hostname() }));
  await expect(take(directory, identity, true)).rejects.toThrow(/is training there; wait for it or stop it/);
}, 20_000);

test('inRunDirectory() refuses a directory with other files, and touches nothing', async () => {
  await writeFile(join(directory, 'notes.txt'), 'mine');
  await expect(take(directory)).rejects.toThrow(/holds no run of Hone \(notes.txt\)/);
  expect(await readdir(directory)).toEqual(['notes.txt']);
});

test('MetricsLog keeps the rows up to a checkpoint and drops what came later, a torn line too', async () => {
  const path = join(directory, 'metrics.jsonl');
  const log = await MetricsLog.open(path, 0);
  for (const step of [1, 2, 3]) log.append({ step, loss: 1 / step });
  log.close();
  await appendFile(path, '{"step":4,"lo');
  expect(await readMetrics(path)).toHaveLength(3);
  const resumed = await MetricsLog.open(path, 2);
  resumed.append({ step: 3, loss: 0.5 });
  resumed.close();
  expect(await readMetrics(path)).toEqual([
    { step: 1, loss: 1 },
    { step: 2, loss: 0.5 },
    { step: 3, loss: 0.5 },
  ]);
});

function newState() {
  const spec = { name: 'w', shape: [4], initializer: { kind: 'zeros' }, decay: true } as const;
  return { store: new ParameterStore([spec]), slots: { m: new Float32Array(4) } };
}

test('restoreNewest() brings back parameters, slots and progress to the bit', async () => {
  const state = newState();
  state.store.trained.set([0.1, -2, 3e-30, 4]);
  (state.slots.m as Float32Array).set([1, 2, 3, 4]);
  const progress = { step: 7, tokens: 99, best: { step: 5, loss: 0.25 }, sinceBest: 2 };
  await saveCheckpoint(directory, progress, {
    ...state,
    saveModel: async (path) => void (await mkdir(path)),
  });
  const other = newState();
  expect(await restoreNewest(directory, other)).toEqual(progress);
  expect(other.store.trained).toEqual(state.store.trained);
  expect(other.slots).toEqual(state.slots);
});

test('a checkpoint that fails half-way leaves the earlier ones and nothing of itself', async () => {
  const state = newState();
  const progress = { step: 1, tokens: 0, best: null, sinceBest: 0 };
  await saveCheckpoint(directory, progress, {
    ...state,
    saveModel: async (path) => void (await mkdir(path)),
  });
  const failing = saveCheckpoint(
    directory,
    { ...progress, step: 2 },
    {
      ...state,
      saveModel: () => Promise.reject(new Error('disk full')),
    },
  );
  await expect(failing).rejects.toThrow('disk full');
  expect(await checkpointSteps(directory)).toEqual([1]);
});

test('pruneCheckpoints() keeps the newest and the best', async () => {
  for (const step of [1, 2, 3, 4]) await mkdir(join(directory, `step-${step}`));
  await pruneCheckpoints(directory, 2, 1);
  expect(await checkpointSteps(directory)).toEqual([1, 3, 4]);
});
