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
  const rowCount = multiplyDims(batch, length);
  const split = (x: Tensor, count: number) =>
    transpose(reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
  // Each row as a sequence of one token: rows may then be longer than the tables, which branched rows are
  const rotated = (x: Tensor, count: number) =>
    rotary(reshape(x, [rowCount, count, 1, headSize]), reshape(positions, [rowCount, 1]), tables);
  const q_BHTD = split(rotated(rows.q, heads), heads);
  const k_BKTD = split(rotated(rows.k, keyValueHeads), keyValueHeads);
  const present = { keys: k_BKTD, values: split(rows.v, keyValueHeads) };
  const parts = partsOf(context.cache, present, length);

  const stacked = multiplyDims(heads / keyValueHeads, length);
  const q_BKGTD = reshape(q_BHTD, [batch, keyValueHeads, stacked, headSize]);
  const scores = parts.map(({ keys }) => {
    const product = matMul(q_BKGTD, keys, { transposeB: true, scale: headSize ** -0.5 });
    return reshape(product, [batch, heads, length, lengthOf(keys)]);
  });
  const weights = softmax(add(concat(scores, -1), context.bias));
  const mixed = reshape(mixValues(weights, parts, stacked), [batch, heads, length, headSize]);
  const output = reshape(transpose(mixed, [0, 2, 1, 3]), [rowCount, heads * headSize]);
  return { output, cache: present };
}

/**
 * The past is joined to the present for many queries, whose scores are the larger thing to copy; for a single query, the past
 * is the larger one and stays where it is.
 */
function partsOf(past: LayerCache | undefined, present: LayerCache, length: Dim): readonly LayerCache[] {
  if (past === undefined) return [present];
  if (length === 1) return [past, present];
  return [{ keys: concat([past.keys, present.keys], 2), values: concat([past.values, present.values], 2) }];
}

/** Weights [B, H, T, S] times the values of all parts. */
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
