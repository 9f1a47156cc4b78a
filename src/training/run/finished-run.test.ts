// A run that is over can be resumed: it is told again as it ended, and nothing is trained.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeToyData } from '../../data/index.ts';
import { type TrainSpec, trainSchema } from '../config.ts';
import { trainSft } from '../recipes/sft.ts';

let directory: string;
let data: TrainSpec['data'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-finished-'));
  const files = await writeToyData(join(directory, 'data'), { count: 24, evalCount: 4 });
  data = { train: files.sftTrain, eval: files.sftEval };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function config(output: string, spec: Partial<TrainSpec>) {
  const model = 'new:hiddenSize=16:layers=1:heads=2';
  const base = { recipe: 'sft' as const, model, vocab_size: 300, batch_size: 4, threads: 1 };
  return trainSchema.parse({ ...base, data, output: join(directory, output), ...spec });
}

test.each([
  ['whole', {}],
  ['adapter', { lora: { rank: 2 } }],
])('trainSft() resumes a finished run (%s) without training, and tells how it ended', async (name, spec) => {
  const settings = config(name, { ...spec, max_steps: 4, eval_every: 2 });
  const first = await trainSft(settings);
  const metrics = await readFile(join(settings.output, 'metrics.jsonl'), 'utf8');
  const again = await trainSft(settings, { resume: true });
  expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  expect(await readFile(join(settings.output, 'metrics.jsonl'), 'utf8')).toBe(metrics);
});

test('trainSft() resumes a run that stopped early without training on', async () => {
  // A rate of 0 never gets better after the first evaluation
  const early = { learning_rate: 0, max_steps: 9, eval_every: 1, checkpoint_every: 1, early_stopping: 2 };
  const settings = config('early', early);
  const first = await trainSft(settings);
  expect(first).toMatchObject({ stoppedEarly: true, steps: 3 });
  expect(await trainSft(settings, { resume: true })).toMatchObject({ stoppedEarly: true, steps: 3 });
});
