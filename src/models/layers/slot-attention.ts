// Grouped-query attention over slots: buffers with free places, which take in the new keys and values themselves.
// Shapes: B batch, T length, N = B T rows, H query heads, K key-value heads, D head size, W slot head size.
import {
  cachedAttention,
  type Dim,
  multiplyDims,
  pad,
  reshape,
  rotary,
  slice,
  type Tensor,
} from '../../engine/index.ts';
import type { LayerCache } from '../model.ts';
import type { ProjectedRows, RotaryTables } from './attention.ts';

/** What attention over slots needs beside the projections. */
export type SlotAttentionContext = LayerCache & {
  /** int64[B, T] */
  readonly positions: Tensor;
  /** Of as many positions as the slots have places, or more. */
  readonly tables: RotaryTables;
  /** int32[B]: the place of each row's last new token. */
  readonly last: Tensor;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly slidingWindow: number | undefined;
};

/** The width of a head in a slot: the kernel takes whole eights; what is added is zero. */
export function slotHeadSize(headSize: number): number {
  return Math.ceil(headSize / 8) * 8;
}

/** @returns rows [N, H D], and the slots with the new keys and values in them */
export function slotAttention(
  { q, k, v }: ProjectedRows,
  { positions, tables, last, keys, values, slidingWindow, ...context }: SlotAttentionContext,
): { output: Tensor; cache: LayerCache } {
  const { heads, keyValueHeads, headSize } = context;
  const [batch, length] = positions.shape as readonly [Dim, Dim];
  const rowCount = multiplyDims(batch, length);
  const width = slotHeadSize(headSize);
  // The kernel turns heads of whole sixteens itself
  const inKernel = headSize % 16 === 0;
  const turned = (x: Tensor, count: number) =>
    inKernel
      ? x
      : rotary(reshape(x, [rowCount, count, 1, headSize]), reshape(positions, [rowCount, 1]), tables);
  const widened = (x: Tensor, count: number) => {
    const parts = reshape(x, [rowCount, count, headSize]);
    const wide = width === headSize ? x : pad(parts, { axis: -1, after: width - headSize });
    return reshape(wide, [batch, length, count * width]);
  };
  const attended = cachedAttention(
    {
      q: widened(turned(q, heads), heads),
      k: widened(turned(k, keyValueHeads), keyValueHeads),
      v: widened(v, keyValueHeads),
    },
    { keys, values, last, tables: inKernel ? tables : undefined },
    { heads, keyValueHeads, scale: headSize ** -0.5, window: slidingWindow ?? 0 },
  );
  const parts = reshape(attended.output, [rowCount, heads, width]);
  const kept = width === headSize ? parts : slice(parts, { axis: -1, end: headSize });
  return {
    output: reshape(kept, [rowCount, heads * headSize]),
    cache: { keys: attended.keys, values: attended.values },
  };
}
