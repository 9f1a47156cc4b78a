// What is reported of a set of predictions, beside their loss.
import {
  argMax,
  cast,
  type Dim,
  equal,
  exp,
  mul,
  neg,
  reduceMean,
  reduceSum,
  reshape,
  stopGradient,
  type Tensor,
} from '../../engine/index.ts';

/** Predictive entropy in nats of each row of log-probabilities: [M, V] gives [M]. */
export function entropies(logProbs: Tensor): Tensor {
  const fixed = stopGradient(logProbs);
  return neg(reduceSum(mul(exp(fixed), fixed), { axes: [1] }));
}

/** 1 where the likeliest token is the label, 0 elsewhere: float32[M]. */
export function hits(logProbs: Tensor, labels: Tensor): Tensor {
  return cast(equal(argMax(stopGradient(logProbs)), labels), 'float32');
}

/** Mean of the raw scores over the vocabulary: [M, V] gives [M]. */
export function meanLogits(logits: Tensor): Tensor {
  return reshape(reduceMean(stopGradient(logits), { axes: [1] }), [logits.shape[0] as Dim]);
}
