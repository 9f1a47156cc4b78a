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
  range,
  reshape,
  sub,
  type Tensor,
  where,
} from '../../engine/index.ts';

/** Added to a score that must not count: exp() of it is zero, and no sum with it overflows to NaN. */
export const maskedScore = -1e30;

/** Causal bias [T, T] of rows that each hold one document from its start; padding, if any, lies at the end. */
export function causalBias(length: Dim, slidingWindow?: number): Tensor {
  if (typeof length === 'number') return constantCausalBias(length, slidingWindow);
  const at = range(length);
  return visible(reshape(at, [length, 1]), reshape(at, [1, length]), slidingWindow);
}

/**
 * Bias [B, 1, T, T] of packed rows: a token sees earlier tokens of its own document only.
 * @param documents int64[B, T]: the number of each token's document
 * @param positions int64[B, T]: restarting at 0 in each document
 */
export function documentBias(documents: Tensor, positions: Tensor, slidingWindow?: number): Tensor {
  const [batch, length] = documents.shape as readonly [Dim, Dim];
  const query = (x: Tensor) => reshape(x, [batch, 1, length, 1]);
  const key = (x: Tensor) => reshape(x, [batch, 1, 1, length]);
  const causal = visible(query(positions), key(positions), slidingWindow);
  return where(equal(query(documents), key(documents)), causal, maskedScore);
}

function visible(query: Tensor, key: Tensor, slidingWindow: number | undefined): Tensor {
  const past = greaterOrEqual(query, key);
  const seen = slidingWindow === undefined ? past : and(past, greater(add(key, slidingWindow), query));
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
