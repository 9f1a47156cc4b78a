// Cases of attention over buffers with free places: rows of several lengths, prompts in pieces, windows, tables.
import { cachedAttention, type Tensor } from '../../engine/index.ts';
import { float, type GraphCase, integers } from './case.ts';

type Settings = {
  readonly batch: number;
  readonly length: number;
  readonly places: number;
  readonly size: number;
  /** The place of each row's last new token. */
  readonly last: readonly number[];
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly window?: number;
  readonly turning?: boolean;
  readonly large?: true;
};

function attentionCase(name: string, settings: Settings): GraphCase {
  const { batch, length, places, size, last, turning = false, large } = settings;
  const { heads = 4, keyValueHeads = 2, window = 0 } = settings;
  const buffer = float(['B', keyValueHeads, places, size]);
  const table = (f: (angle: number) => number) =>
    float([places + 1, size / 2], (_, i) => Math.fround(f(i * 0.7)));
  return {
    name: `cachedAttention ${name}`,
    operands: [
      float(['B', 'L', heads * size]),
      float(['B', 'L', keyValueHeads * size]),
      float(['B', 'L', keyValueHeads * size]),
      buffer,
      buffer,
      { ...integers(['B'], last), dtype: 'int32' },
      ...(turning ? [table(Math.cos), table(Math.sin)] : []),
    ],
    build: (...operands) => {
      const [q, k, v, keys, values, ends, cos, sin] = operands as [Tensor, Tensor, Tensor, ...Tensor[]];
      const tables = cos !== undefined && sin !== undefined ? { cos, sin } : undefined;
      const cache = { keys: keys as Tensor, values: values as Tensor, last: ends as Tensor, tables };
      const attributes = { heads, keyValueHeads, scale: size ** -0.5, window };
      const result = cachedAttention({ q, k, v }, cache, attributes);
      return [result.output, result.keys, result.values];
    },
    sizes: { B: batch, L: length },
    differentiate: [],
    constant: true,
    ...(large === undefined ? {} : { large }),
  };
}

export const cachedAttentionCases = {
  cachedAttention: [
    attentionCase('of single tokens', { batch: 3, length: 1, places: 6, size: 8, last: [1, 4, 2] }),
    attentionCase('of first tokens', { batch: 3, length: 1, places: 6, size: 8, last: [0, 5, 0] }),
    attentionCase('of a whole prompt', { batch: 1, length: 4, places: 6, size: 8, last: [3] }),
    attentionCase('of a prompt that fills its places', {
      batch: 1,
      length: 6,
      places: 6,
      size: 8,
      last: [5],
    }),
    attentionCase('of a piece of a prompt', { batch: 1, length: 3, places: 8, size: 8, last: [6] }),
    attentionCase('of one place', { batch: 2, length: 1, places: 1, size: 8, last: [0] }),
    attentionCase('with a head for each', {
      ...{ batch: 2, length: 1, places: 5, size: 8, last: [4, 2] },
      ...{ heads: 3, keyValueHeads: 3 },
    }),
    attentionCase('in a window', { batch: 3, length: 1, places: 9, size: 8, last: [1, 8, 3], window: 3 }),
    attentionCase('in a window, a piece', { batch: 1, length: 4, places: 9, size: 8, last: [7], window: 3 }),
    attentionCase('with tables', {
      batch: 3,
      length: 1,
      places: 6,
      size: 16,
      last: [1, 4, 2],
      turning: true,
    }),
    attentionCase('with tables, a piece', {
      ...{ batch: 1, length: 3, places: 7, size: 32, last: [5] },
      turning: true,
    }),
    attentionCase('of many', {
      ...{ batch: 5, length: 1, places: 300, size: 64, last: [1, 299, 40, 7, 255] },
      ...{ heads: 9, keyValueHeads: 3, turning: true, large: true },
    }),
    attentionCase('of a long piece', {
      ...{ batch: 1, length: 100, places: 300, size: 32, last: [260] },
      ...{ heads: 6, keyValueHeads: 2, turning: true, window: 50, large: true },
    }),
  ],
} satisfies Record<string, readonly GraphCase[]>;
