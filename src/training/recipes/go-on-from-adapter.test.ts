// Runs that go on from an adapter: they begin as it is, and as their own reference.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ToyFiles, writeToyData } from '../../data/index.ts';
import { type TrainConfig, type TrainSpec, trainSchema } from '../config.ts';
import { trainDpo } from './dpo.ts';
import { checkTrainConfig } from './settings.ts';
import { trainSft } from './sft.ts';

let directory: string;
let files: ToyFiles;
let first: string;

function configOf(spec: Partial<TrainSpec> & Pick<TrainSpec, 'recipe' | 'output'>): TrainConfig {
  return trainSchema.parse({
    model: join(directory, 'base/final'),
    data: { train: spec.recipe === 'dpo' ? files.preferenceTrain : files.sftTrain, max_length: 96 },
    ...{ batch_size: 4, max_steps: 4, learning_rate: 2e-2, threads: 1, lora: { rank: 2, alpha: 4 } },
    ...spec,
    output: join(directory, spec.output),
  });
}

const adapterIn = (output: string) => readFile(join(directory, output, 'final/adapter_model.safetensors'));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-go-on-'));
  process.env.HONE_CACHE = join(directory, 'cache');
  files = await writeToyData(join(directory, 'data'), { count: 24, evalCount: 4, seed: 1 });
  const model = 'new:hiddenSize=32:layers=1:heads=2:maxPositions=128';
  await trainSft(
    configOf({ recipe: 'sft', output: 'base', model, vocab_size: 400, max_steps: 2, lora: null }),
  );
  await trainSft(configOf({ recipe: 'sft', output: 'first' }));
  first = join(directory, 'first/final');
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

test('trainSft() with adapter begins as the adapter is', async () => {
  await trainSft(
    configOf({ recipe: 'sft', output: 'still', adapter: first, max_steps: 1, learning_rate: 0 }),
  );
  expect((await adapterIn('still')).equals(await adapterIn('first'))).toBe(true);
  await trainSft(configOf({ recipe: 'sft', output: 'further', adapter: first }));
  expect((await adapterIn('further')).equals(await adapterIn('first'))).toBe(false);
});

test('trainDpo() with adapter begins where policy and reference agree: the reference has the adapter, too', async () => {
  const data = { train: files.preferenceTrain, eval: files.preferenceEval, max_length: 96 };
  const summary = await trainDpo(configOf({ recipe: 'dpo', output: 'preferred', adapter: first, data }));
  expect(summary.evalBefore?.loss).toBeCloseTo(Math.LN2, 6);
  expect(summary.evalBefore?.['rewards/margins']).toBeCloseTo(0, 5);
});

test('an adapter of other settings than lora says is refused, with its own', async () => {
  const run = trainSft(configOf({ recipe: 'sft', output: 'other', adapter: first, lora: { rank: 4 } }));
  await expect(run).rejects.toThrow(/lora is not what it was made with; give lora \{"rank":2,"alpha":4/);
});

test('an adapter without lora is not read', () => {
  const config = configOf({ recipe: 'sft', output: 'none', adapter: first, lora: null });
  expect(() => checkTrainConfig(config)).toThrow("'adapter' is not read: lora is null");
});
