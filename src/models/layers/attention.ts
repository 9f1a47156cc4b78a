// Grouped-query attention with rotary positions. Shapes: B batch, T length, P past, S = P + T, H query heads,
// K key-value heads, G = H / K, D head size, N = B T rows.
import {
  add,
  concat,
  type Dim,
  matMul,
  multiplyDims,
  reshape,
  rotary,
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
 * softmax(q k^T / sqrt(D) + bias) v.
 * Queries of one key-value head are stacked along the length, so that no key or value is copied for its group.
 * @returns rows [N, H D] and the cache with this batch's keys and values appended
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
  const cache = appended(context.cache, { keys: k_BKTD, values: split(rows.v, keyValueHeads) });

  const group = heads / keyValueHeads;
  const stacked = multiplyDims(group, length);
  const past = cache.keys.shape[2] as Dim;
  const q_BKGTD = reshape(q_BHTD, [batch, keyValueHeads, stacked, headSize]);
  const scores = matMul(q_BKGTD, cache.keys, { transposeB: true, scale: headSize ** -0.5 });
  const biased = add(reshape(scores, [batch, heads, length, past]), context.bias);
  const weights = reshape(softmax(biased), [batch, keyValueHeads, stacked, past]);
  const mixed = reshape(matMul(weights, cache.values), [batch, heads, length, headSize]);
  const rowsOut = multiplyDims(batch, length);
  return { output: reshape(transpose(mixed, [0, 2, 1, 3]), [rowsOut, heads * headSize]), cache };
}

function appended(past: LayerCache | undefined, present: LayerCache): LayerCache {
  if (past === undefined) return present;
  return { keys: concat([past.keys, present.keys], 2), values: concat([past.values, present.values], 2) };
}
