// The DPO service's call, by its names in both spellings.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a name that looks like an interpolation
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { InputError } from '../core/index.ts';
import { runTraining } from './run-training.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hone-run-training's-"));
  process.env.HONE_CACHE = join(directory, 'cache');
  const rows = Array.from({ length: 8 }, (_, i) => ({
    prompt: `Say ${i}`,
    responses: [` ${i}`, ' no', ' never'],
    pairs: [
      [0, 1],
      [0, 2],
    ],
    sft_target: ` ${i}`,
  }));
  await writeFile(join(directory, 'dataset.json'), JSON.stringify(rows));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const small = () => ({
  datasets: ['novalto'],
  datasetPath: join(directory, 'dataset.json'),
  localDirs: [directory],
  batchSize: 4,
  gradientAccumulationSteps: 2,
  evalBatchSize: 4,
  nEvalExamples: 4,
  maxLength: 32,
  maxPromptLength: 16,
  debug: true,
});

test('runTraining() trains by nested settings and gives the model and the run', {
  timeout: 120_000,
}, async () => {
  const trained = await runTraining({
    ...small(),
    modelName: 'blank_model_fp32',
    model: { nameOrPath: 'new:hiddenSize=16:layers=1:heads=2:maxPositions=32' },
    lossConfig: { name: 'sft' },
    expName: "it's ${here}",
    kbId: '17',
    nExamples: 6,
  });
  expect(trained.expName).toBe("it's ${here}");
  expect(trained.artifactPath).toBe(join(trained.logsPath, 'LATEST'));
  expect(await readdir(trained.artifactPath)).toContain('model.safetensors');
  expect(parse(await readFile(join(trained.logsPath, 'config.yaml'), 'utf8'))).toMatchObject({
    exp_name: "it's \\${here}",
    kb_id: '17',
    trainer: 'FSDPTrainer',
    lr: 3e-6,
    n_epochs: 1,
    n_examples: 6,
  });
  // Of one epoch (8 prompts) and 6 examples, the smaller: two steps of 4
  expect(JSON.parse(await readFile(join(trained.logsPath, 'summary.json'), 'utf8')).steps).toBe(2);
  expect(await readdir(join(trained.logsPath, 'checkpoints'))).toEqual([]);
  const { batchSize: batch_size, nEvalExamples: n_eval_examples, ...rest } = small();
  const again = await runTraining({
    ...rest,
    batch_size,
    n_eval_examples,
    model_name: 'blank_model_fp32',
    model: { name_or_path: 'unused', archive: trained.artifactPath },
    loss_config: { name: 'dpo', beta: 0.1 },
    exp_name: 'second',
    n_epochs: 1,
  });
  // 16 pairs
  expect(JSON.parse(await readFile(join(again.logsPath, 'summary.json'), 'utf8')).steps).toBe(4);
});

test('runTraining() refuses a request without an end, and wraps what fails later', async () => {
  const request = { modelName: 'gpt2-large', lossConfig: { name: 'sft' }, expName: 'x', ...small() };
  await expect(runTraining({ ...request, nEpochs: null })).rejects.toThrow(
    /neither n_epochs nor n_examples is given/,
  );
  await expect(runTraining({ ...request, nEpochs: null })).rejects.toBeInstanceOf(InputError);
  const { expName: _, ...nameless } = request;
  await expect(runTraining(nameless)).rejects.toThrow(/exp_name must be given/);
  await expect(runTraining(request)).rejects.toThrow(/^Training failed: Cannot train 'gpt2-large'/);
  await expect(runTraining({ ...request, lossConfig: { name: 'dpo', beta: -1 } })).rejects.toThrow(
    /^Training failed: .*[\s\S]*beta/,
  );
});
