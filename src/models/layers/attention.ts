// Grouped-query attention with rotary positions. Shapes: B batch, T length, P past, S = P + T, H query heads,
// K key-value heads, G = H / K, D head size, N = B T rows.
import {
  add,
  addDims,
  concat,
  type Dim,
  matMul,
  multiplyDims,
  reshape,
  rotary,
  slice,
  softmax,
  type Tensor,
  transpose,
} from '../../engine/index.ts';
import type { LayerCache } from '../model.ts';

/** cos and sin by position, each [positions, D / 2]. */
export type RotaryTables = { readonly cos: Tensor; readonly sin: Tensor };

/** Projected rows q [N, H D], k [N, K D], v [N, K D], not yet rotated. */
export type ProjectedRows = { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor };

/** What attention needs beside the projections. */
export type AttentionContext = {
  /** int64[B, T] */
  readonly positions: Tensor;
  readonly tables: RotaryTables;
  /** Broadcasts to [B, 1, T, S]. */
  readonly bias: Tensor;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly cache?: LayerCache;
};

/**
 * softmax(q k^T / sqrt(D) + bias) v over the past, if any, and this batch.
 * Queries of one key-value head are stacked along the length, so that no key or value is copied for its group.
 * @returns rows [N, H D] and this batch's keys and values
 */
export function attention(
  rows: ProjectedRows,
  context: AttentionContext,
): { output: Tensor; cache: LayerCache } {
  const { positions, tables, heads, keyValueHeads, headSize } = context;
  const [batch, length] = positions.shape as readonly [Dim, Dim];
  const split = (x: Tensor, count: number) =>
    transpose(reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
  const q_BHTD = rotary(split(rows.q, heads), positions, tables);
  const k_BKTD = rotary(split(rows.k, keyValueHeads), positions, tables);
  const present = { keys: k_BKTD, values: split(rows.v, keyValueHeads) };
  const parts = context.cache === undefined ? [present] : [context.cache, present];

  const stacked = multiplyDims(heads / keyValueHeads, length);
  const q_BKGTD = reshape(q_BHTD, [batch, keyValueHeads, stacked, headSize]);
  const scores = parts.map(({ keys }) => {
    const product = matMul(q_BKGTD, keys, { transposeB: true, scale: headSize ** -0.5 });
    return reshape(product, [batch, heads, length, lengthOf(keys)]);
  });
  const weights = softmax(add(concat(scores, -1), context.bias));
  const mixed = reshape(mixValues(weights, parts, stacked), [batch, heads, length, headSize]);
  const rowsOut = multiplyDims(batch, length);
  const output = reshape(transpose(mixed, [0, 2, 1, 3]), [rowsOut, heads * headSize]);
  return { output, cache: present };
}

/** Weights [B, H, T, S] times the values of all parts. The past is never joined to the present: that would copy it at each step. */
function mixValues(weights: Tensor, parts: readonly LayerCache[], stacked: Dim): Tensor {
  let start: Dim = 0;
  const products = parts.map(({ values }) => {
    const [batch, keyValueHeads] = values.shape as readonly [Dim, Dim];
    const end = addDims(start, lengthOf(values));
    const part = parts.length === 1 ? weights : slice(weights, { axis: -1, start, end });
    start = end;
    return matMul(reshape(part, [batch, keyValueHeads, stacked, lengthOf(values)]), values);
  });
  return products.reduce(add);
}

function lengthOf(x_BKSD: Tensor): Dim {
  return x_BKSD.shape[2] as Dim;
}
