// Scores by which f-DPO replaces the log-ratio (Wang et al., 2023): the derivative of the divergence's generator, 0 where policy = reference.
import { add, div, exp, logSigmoid, minimum, mul, neg, type Tensor, tanh } from '../../engine/index.ts';
import { logRatios, type PairInputs, type PairLossOptions, type PairValues } from './pair-loss.ts';

/** The divergences, by TRL's names. */
export const divergenceNames = ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'] as const;

/** A divergence of the policy from the reference. */
export type DivergenceName = (typeof divergenceNames)[number];

// exp() of more is no float32
const largestExponent = 80;

/** The scores of both completions: their log-ratios seen through the divergence. */
export function divergenceScores(inputs: PairInputs, options: PairLossOptions): PairValues {
  const { chosen, rejected } = logRatios(inputs);
  return { chosen: score(chosen, options), rejected: score(rejected, options) };
}

function score(
  logRatio: Tensor,
  { divergence = 'reverse_kl', divergenceAlpha = 0.5 }: PairLossOptions,
): Tensor {
  switch (divergence) {
    case 'reverse_kl':
      return logRatio;
    case 'forward_kl':
      return neg(expm1(neg(logRatio)));
    case 'js_divergence':
      return add(logSigmoid(logRatio), Math.LN2);
    case 'alpha_divergence':
      return alphaScore(logRatio, divergenceAlpha - 1);
  }
}

/** (e^(order r) - 1) / order, which tends to r. */
function alphaScore(logRatio: Tensor, order: number): Tensor {
  return Math.abs(order) < 1e-6 ? logRatio : div(expm1(mul(logRatio, order)), order);
}

/** e^x - 1 = tanh(x / 2) (e^x + 1), which keeps the digits of small x; x is held at `largestExponent`. */
function expm1(x: Tensor): Tensor {
  const held = minimum(x, largestExponent);
  return mul(tanh(mul(held, 0.5)), add(exp(held), 1));
}
