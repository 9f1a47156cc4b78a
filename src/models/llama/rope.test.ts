// Rotary tables against those of transformers, for every scaling and both spellings of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Tensor } from '../../engine/index.ts';
import type { LlamaConfig } from './config.ts';
import { parseLlamaConfig } from './parse-config.ts';
import { rotaryTables } from './rope.ts';
import { rotaryFrequencies } from './rope-scaling.ts';

type Case = {
  readonly head_dim: number;
  readonly config: object;
  readonly legacy: object;
  readonly results: readonly {
    readonly seq_len: number;
    readonly inv_freq: readonly number[];
    readonly attention_scaling: number;
    readonly positions: readonly number[];
    readonly cos: readonly (readonly number[])[];
    readonly sin: readonly (readonly number[])[];
  }[];
};

const file = new URL('../../../test/fixtures/parity/rope.json', import.meta.url);
const { versions: _, ...cases } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Case>;

test.each(Object.entries(cases))(
  'rotaryTables: %s equals transformers',
  (name, { config, legacy, results }) => {
    for (const json of [config, legacy]) {
      const parsed = configOf(name, json);
      for (const result of results) {
        const { inverse, attentionFactor } = rotaryFrequencies(parsed, result.seq_len);
        expectClose([...inverse], result.inv_freq);
        expect(attentionFactor).toBeCloseTo(result.attention_scaling, 5);
        // The last digit of a frequency, times the position.
        const { cos, sin } = rotaryTables(parsed, result.seq_len);
        result.positions.forEach((position, i) => {
          expectClose(rowOf(cos, position), result.cos[i], 1e-5);
          expectClose(rowOf(sin, position), result.sin[i], 1e-5);
        });
      }
    }
  },
);

test('rotaryTables holds as many positions as it is asked for, and computes them once', () => {
  const config = configOf('default', cases.default?.config ?? {});
  const tables = rotaryTables(config, 5);
  expect(tables.cos.shape).toEqual([5, 8]);
  expect(dataOf(rotaryTables(config, 5).cos)).toBe(dataOf(tables.cos));
});

function configOf(name: string, json: object): LlamaConfig {
  const sizes = { vocab_size: 10, intermediate_size: 16, num_hidden_layers: 1 };
  return parseLlamaConfig({ model_type: 'llama', ...sizes, ...json }, name);
}

function dataOf({ node }: Tensor): Float32Array {
  if (node.op !== 'constant' || !(node.attributes.data instanceof Float32Array)) throw new Error('no table');
  return node.attributes.data;
}

function rowOf(table: Tensor, position: number): number[] {
  const half = table.shape[1] as number;
  return [...dataOf(table).subarray(position * half, (position + 1) * half)];
}

function expectClose(
  actual: readonly number[],
  expected: readonly number[] | undefined,
  tolerance = 1e-6,
): void {
  expect(actual.length).toBe(expected?.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - (expected?.[i] as number))).toBeLessThan(tolerance);
  });
}
