// Attention biases: which position may look at which.
import {
  add,
  and,
  cast,
  constant,
  type Dim,
  equal,
  greater,
  greaterOrEqual,
  mul,
  or,
  range,
  reshape,
  sub,
  type Tensor,
} from '../../engine/index.ts';

/** Added to a score that must not count: exp() of it is zero, and no sum with it overflows to NaN. */
export const maskedScore = -1e30;

/** Causal bias [T, T] of rows that each hold one document from its start; padding, if any, lies at the end. */
export function causalBias(length: Dim, slidingWindow?: number): Tensor {
  if (typeof length === 'number') return constantCausalBias(length, slidingWindow);
  const at = range(length);
  const [query, key] = [reshape(at, [length, 1]), reshape(at, [1, length])];
  return biasOf(withinWindow(query, key, { seen: greaterOrEqual(query, key), slidingWindow }));
}

/** Structure of rows that hold more than one document, each int64[B, T]. */
export type RowStructure = {
  /** Number of each token's document: nothing is seen across documents. */
  readonly documents: Tensor;
  /** 0 is a document's trunk, seen by all its later tokens; another branch is seen by its own later tokens only. */
  readonly branches: Tensor;
  /** Position of each token in its document, branches counted on from the trunk. */
  readonly positions: Tensor;
};

/** Bias [B, 1, T, T]: a token sees the earlier tokens of its own document, in the trunk and its own branch. */
export function documentBias(
  { documents, branches, positions }: RowStructure,
  slidingWindow?: number,
): Tensor {
  const [batch, length] = documents.shape as readonly [Dim, Dim];
  const query = (x: Tensor) => reshape(x, [batch, 1, length, 1]);
  const key = (x: Tensor) => reshape(x, [batch, 1, 1, length]);
  const at = range(length);
  const earlier = greaterOrEqual(reshape(at, [length, 1]), reshape(at, [1, length]));
  const ownBranch = or(equal(key(branches), 0), equal(key(branches), query(branches)));
  const seen = and(and(earlier, equal(query(documents), key(documents))), ownBranch);
  return biasOf(withinWindow(query(positions), key(positions), { seen, slidingWindow }));
}

type Window = { readonly seen: Tensor; readonly slidingWindow: number | undefined };

function withinWindow(query: Tensor, key: Tensor, { seen, slidingWindow }: Window): Tensor {
  return slidingWindow === undefined ? seen : and(seen, greater(add(key, slidingWindow), query));
}

function biasOf(seen: Tensor): Tensor {
  return mul(sub(1, cast(seen, 'float32')), maskedScore);
}

function constantCausalBias(length: number, slidingWindow = Number.POSITIVE_INFINITY): Tensor {
  const bias = new Float32Array(length * length);
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) {
      if (key > query || query - key >= slidingWindow) bias[query * length + key] = maskedScore;
    }
  }
  return constant(bias, [length, length]);
}
