// Losses that measure the policy against a reference. w, l: log-ratios of chosen and rejected; s: their scores by the divergence.
import {
  add,
  exp,
  logSigmoid,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sub,
  type Tensor,
} from '../../engine/index.ts';
import { divergenceScores } from './divergence.ts';
import {
  logisticLoss,
  logRatios,
  margin,
  type PairInputs,
  type PairLossOptions,
  type PairValues,
  perToken,
  scaled,
  smoothedLogisticLoss,
  square,
} from './pair-loss.ts';
import { sortAscending } from './sort.ts';

/** Sharpness of discopop's switch between its two halves, the paper's and TRL's. */
export const discopopTemperature = 0.05;

type Loss = (inputs: PairInputs, options: PairLossOptions) => Tensor;

/** beta (w - l), what the metrics of all these losses report. */
export function referenceRewards(inputs: PairInputs, { beta }: PairLossOptions): PairValues {
  return scaled(logRatios(inputs), beta);
}

/** beta (s_w - s_l). */
function logits(inputs: PairInputs, options: PairLossOptions): Tensor {
  return mul(margin(divergenceScores(inputs, options)), options.beta);
}

function perTokenMargin(inputs: PairInputs, options: PairLossOptions): Tensor {
  return margin(perToken(divergenceScores(inputs, options), inputs));
}

/** DPO (Rafailov et al., 2023); with label smoothing cDPO (Mitchell, 2023). */
export const sigmoidLoss: Loss = (inputs, options) =>
  smoothedLogisticLoss(logits(inputs, options), options.labelSmoothing);

/** DPO on means over tokens. */
export const sigmoidNormLoss: Loss = (inputs, options) =>
  smoothedLogisticLoss(mul(perTokenMargin(inputs, options), options.beta), options.labelSmoothing);

/** rDPO (Chowdhury et al., 2024): unbiased under flipped labels, so it may be negative. */
export const robustLoss: Loss = (inputs, options) => {
  const x = logits(inputs, options);
  const { labelSmoothing: e } = options;
  const scale = 1 / (1 - 2 * e);
  return sub(mul(logisticLoss(x), (1 - e) * scale), mul(softplus(x), e * scale));
};

/** SLiC-HF (Zhao et al., 2023), RSO (Liu et al., 2023). */
export const hingeLoss: Loss = (inputs, options) => relu(sub(1, logits(inputs, options)));

/** IPO (Azar et al., 2023) on means over tokens, as its authors advise. */
export const ipoLoss: Loss = (inputs, options) =>
  square(sub(perTokenMargin(inputs, options), 1 / (2 * options.beta)));

/** IPO on sums over tokens, as its paper writes. */
export const ipoSumLoss: Loss = (inputs, options) =>
  square(sub(margin(divergenceScores(inputs, options)), 1 / (2 * options.beta)));

/** EXO (Ji et al., 2024) for pairs: the divergence of (sigmoid x, sigmoid -x) from (1 - e, e). */
export const exoPairLoss: Loss = (inputs, options) => {
  const x = logits(inputs, options);
  const { labelSmoothing: e } = options;
  const won = mul(sigmoid(x), sub(logSigmoid(x), Math.log1p(-e)));
  const lost = mul(sigmoid(neg(x)), sub(logSigmoid(neg(x)), Math.log(e)));
  return add(won, lost);
};

/** NCA (Chen et al., 2024) for pairs. */
export const ncaPairLoss: Loss = (inputs, options) => {
  const { chosen, rejected } = referenceRewards(inputs, options);
  return add(logisticLoss(chosen), mul(add(softplus(chosen), softplus(rejected)), 0.5));
};

/** BCO (Jung et al., 2024) for pairs, its reward shift 0. */
export const bcoPairLoss: Loss = (inputs, options) => {
  const { chosen, rejected } = referenceRewards(inputs, options);
  return add(logisticLoss(chosen), softplus(rejected));
};

/** SPPO (Wu et al., 2024) with hard labels. */
export const sppoHardLoss: Loss = (inputs, { beta }) => {
  const { chosen, rejected } = logRatios(inputs);
  return add(square(sub(chosen, 0.5 / beta)), square(add(rejected, 0.5 / beta)));
};

/** APO-zero (D'Oosterlinck et al., 2024): the chosen completions are better than the model's own. */
export const apoZeroLoss: Loss = (inputs, options) => {
  const { chosen, rejected } = referenceRewards(inputs, options);
  return add(sigmoid(neg(chosen)), sigmoid(rejected));
};

/** APO-down (same paper): the chosen completions are worse than the model's own. */
export const apoDownLoss: Loss = (inputs, options) => {
  const { chosen, rejected } = referenceRewards(inputs, options);
  return add(sigmoid(chosen), sigmoid(sub(rejected, chosen)));
};

/**
 * DiscoPOP (Lu et al., 2024): (1 - g) softplus(-x) + g e^-x with g = sigmoid(x / t).
 * The second half is one exponential, for e^-x alone overflows where g is 0.
 */
export const discopopLoss: Loss = (inputs, options) => {
  const x = logits(inputs, options);
  const sharp = mul(x, 1 / discopopTemperature);
  return add(mul(logisticLoss(x), sigmoid(neg(sharp))), exp(sub(logSigmoid(sharp), x)));
};

/** AOT (Melnyk et al., 2024): the policy's margins against the reference's, each sorted over the batch. */
export const aotLoss: Loss = (inputs, options) => {
  const policy = sortAscending(sub(inputs.chosen, inputs.rejected));
  const reference = sortAscending(sub(inputs.referenceChosen, inputs.referenceRejected));
  return smoothedLogisticLoss(mul(sub(policy, reference), options.beta), options.labelSmoothing);
};

/** AOT on unpaired rewards: those of the chosen against those of the rejected, each sorted over the batch. */
export const aotUnpairedLoss: Loss = (inputs, options) => {
  const { chosen, rejected } = referenceRewards(inputs, options);
  return smoothedLogisticLoss(sub(sortAscending(chosen), sortAscending(rejected)), options.labelSmoothing);
};
