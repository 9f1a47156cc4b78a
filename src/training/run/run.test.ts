// A run's directory, metrics and checkpoints.
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ParameterStore } from '../step/parameter-store.ts';
import { checkpointSteps, pruneCheckpoints, restoreNewest, saveCheckpoint } from './checkpoint.ts';
import { MetricsLog, readMetrics } from './metrics-log.ts';
import { openRunDirectory, type RunIdentity } from './run-directory.ts';

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

test('openRunDirectory() takes a new directory, and gives it again only to the same run with resume', async () => {
  const path = join(directory, 'run');
  await openRunDirectory(path, identity, { resume: false });
  await expect(openRunDirectory(path, identity, { resume: false })).rejects.toThrow(
    /begun there before; add --resume/,
  );
  await expect(openRunDirectory(path, identity, { resume: true })).resolves.toMatchObject({ path });
});

test('openRunDirectory() refuses the directory of another run and says what differs', async () => {
  await openRunDirectory(directory, identity, { resume: false });
  const other = { ...identity, settings: { ...identity.settings, batch_size: 4 }, data: 'e' };
  await expect(openRunDirectory(directory, other, { resume: true })).rejects.toThrow(
    /belongs to another run, which differs in batch_size \(8 there, 4 now\), the data/,
  );
});

test('openRunDirectory() refuses a directory with other files, and touches nothing', async () => {
  await writeFile(join(directory, 'notes.txt'), 'mine');
  await expect(openRunDirectory(directory, identity, { resume: false })).rejects.toThrow(
    /holds no run of Hone \(notes.txt\)/,
  );
  expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
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
