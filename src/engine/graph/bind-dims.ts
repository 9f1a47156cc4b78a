// Binds named dimensions to the sizes that a run brings.
import { type DimBindings, dimTerms, evaluateDim, formatShape } from './dims.ts';
import type { Dim, DType, Tensor } from './types.ts';

/** What a run brings for an input. */
export type FeedType = { readonly dtype: DType; readonly shape: readonly number[] };

/**
 * The value of every named dimension, read off the feeds.
 * @param inputs the graph's inputs
 * @throws TypeError when a feed is missing or of another type, rank or size, or when feeds disagree about a name
 */
export function bindDims(inputs: readonly Tensor[], feeds: Readonly<Record<string, FeedType>>): DimBindings {
  const bindings = new Map<string, number>();
  const checks: (() => void)[] = [];
  for (const tensor of inputs) {
    const { name, feed } = feedOf(tensor, feeds);
    tensor.shape.forEach((dim, axis) => {
      const size = feed.shape[axis] as number;
      if (isName(dim) && !bindings.has(dim)) bindings.set(dim, size);
      checks.push(() => checkSize({ name, tensor, feed, dim, axis, size }, bindings));
    });
  }
  for (const check of checks) check();
  return bindings;
}

function feedOf(tensor: Tensor, feeds: Readonly<Record<string, FeedType>>) {
  const { node } = tensor;
  if (node.op !== 'input') throw new TypeError(`Cannot feed node ${node.id}: '${node.op}' is no input`);
  const { name } = node.attributes;
  const feed = feeds[name];
  if (feed === undefined) throw new TypeError(`Cannot run the graph: input '${name}' is missing`);
  if (feed.dtype !== tensor.dtype || feed.shape.length !== tensor.shape.length)
    throw new TypeError(`${mismatch(name, tensor, feed)}`);
  return { name, feed };
}

type Axis = {
  readonly name: string;
  readonly tensor: Tensor;
  readonly feed: FeedType;
  readonly dim: Dim;
  readonly axis: number;
  readonly size: number;
};

function checkSize({ name, tensor, feed, dim, axis, size }: Axis, bindings: DimBindings): void {
  const wanted = evaluateDim(dim, bindings);
  if (size === wanted) return;
  const why = typeof dim === 'number' ? '' : `: '${dim}' is ${wanted} by the other inputs, not ${size}`;
  throw new TypeError(`${mismatch(name, tensor, feed)} at axis ${axis}${why}`);
}

function mismatch(name: string, tensor: Tensor, feed: FeedType): string {
  return `Cannot feed ${feed.dtype}${formatShape(feed.shape)} to input '${name}' of type ${tensor.dtype}${formatShape(tensor.shape)}`;
}

function isName(dim: Dim): dim is string {
  if (typeof dim === 'number') return false;
  const [[factor, names] = [0, []], ...others] = dimTerms(dim);
  return others.length === 0 && factor === 1 && names.length === 1;
}
