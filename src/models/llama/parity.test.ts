// Whole models against transformers: logits, log-sum-exps and padded batches of the fixtures that tools/parity made.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { input, int64, Session } from '../../engine/index.ts';
import { loadModel } from '../checkpoint/index.ts';
import type { JsonObject } from '../config-json.ts';
import { causalBias } from '../layers/index.ts';
import type { CausalModel } from '../model.ts';
import { GraphWeights } from '../weights.ts';
import { llamaModel } from './model.ts';
import { parseLlamaConfig } from './parse-config.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/parity/', import.meta.url));
const tolerance = 1e-4;

type Row = readonly number[];
type Variant = {
  readonly name: string;
  readonly config: JsonObject;
  readonly ids: readonly Row[];
  readonly positions: Row;
  readonly logits: readonly (readonly Row[])[];
  readonly logsumexp: readonly Row[];
};
type Expected = Omit<Variant, 'name' | 'config'> & {
  readonly padded: {
    readonly ids: readonly Row[];
    readonly lengths: Row;
    readonly last_logits: readonly Row[];
    readonly logsumexp: readonly Row[];
  };
  readonly variants: readonly Variant[];
};

const models = ['llama', 'llama_tied', 'llama_bf16_sharded', 'mistral', 'mistral_window', 'qwen2'];

test.each(models)('%s: logits equal those of transformers, padded rows too', async (name) => {
  const expected: Expected = await readJson(`${name}/expected.json`);
  const { model, parameters } = await loadModel(fixtures + name);
  const logitsOf = (ids: readonly Row[]) => forward(model, parameters, ids);

  const whole = await logitsOf(expected.ids);
  compare(whole, expected);
  const padded = await logitsOf(expected.padded.ids);
  expected.padded.lengths.forEach((length, row) => {
    expectClose(padded[row]?.[length - 1], expected.padded.last_logits[row]);
    expectClose(padded[row]?.slice(0, length).map(logSumExp), expected.padded.logsumexp[row]);
  });
});

test.each(models)('%s: the config.json of transformers 4 means the same', async (name) => {
  const [now, legacy] = await Promise.all(
    ['config.json', 'config.legacy.json'].map((file) => readJson<JsonObject>(`${name}/${file}`)),
  );
  expect(parseLlamaConfig(legacy, 'legacy')).toEqual(parseLlamaConfig(now, 'now'));
});

test('llama_tied: rotary scalings change the logits as in transformers', async () => {
  const expected: Expected = await readJson('llama_tied/expected.json');
  const config: JsonObject = await readJson('llama_tied/config.json');
  const { parameters } = await loadModel(`${fixtures}llama_tied`);
  expect(expected.variants.map((variant) => variant.name)).toEqual(['linear', 'dynamic', 'yarn']);
  for (const variant of expected.variants) {
    const model = llamaModel(parseLlamaConfig({ ...config, ...variant.config }, variant.name));
    compare(await forward(model, parameters, variant.ids), variant);
  }
});

/** Logits [row][position][vocabulary] of whole rows. */
async function forward(
  model: CausalModel,
  parameters: Awaited<ReturnType<typeof loadModel>>['parameters'],
  rows: readonly Row[],
): Promise<number[][][]> {
  const shape = [rows.length, rows[0]?.length ?? 0] as const;
  const weights = new GraphWeights(model.parameters);
  const { hidden } = model.forward(weights, {
    ids: input('ids', 'int64', shape),
    positions: input('positions', 'int64', shape),
    attentionBias: causalBias(shape[1], model.slidingWindow),
  });
  await using session = await Session.create({ outputs: { logits: model.logits(weights, hidden) } });
  const positions = rows.flatMap((row) => row.map((_, i) => i));
  const { logits } = await session.run({
    ...parameters,
    ids: int64(rows.flat(), shape),
    positions: int64(positions, shape),
  });
  const size = model.vocabSize;
  const at = (row: number, position: number) => (row * shape[1] + position) * size;
  const data = logits?.data as Float32Array;
  return rows.map((row, b) => row.map((_, t) => [...data.subarray(at(b, t), at(b, t) + size)]));
}

function compare(
  actual: readonly (readonly Row[])[],
  expected: Omit<Variant, 'name' | 'config' | 'ids'>,
): void {
  actual.forEach((row, b) => {
    expected.positions.forEach((position, i) => {
      expectClose(row[position], expected.logits[b]?.[i]);
    });
    expectClose(row.map(logSumExp), expected.logsumexp[b]);
  });
}

function expectClose(actual: Row | undefined, expected: Row | undefined): void {
  expect(actual?.length).toBe(expected?.length);
  const distances = actual?.map((value, i) => Math.abs(value - (expected?.[i] as number))) ?? [Infinity];
  expect(Math.max(...distances)).toBeLessThan(tolerance);
}

function logSumExp(logits: Row): number {
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(fixtures + file, 'utf8'));
}
