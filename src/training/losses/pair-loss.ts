// What a preference loss is: what it reads, what it computes, and the quantities that several of them share.
import { add, div, maximum, mul, neg, softplus, sub, type Tensor } from '../../engine/index.ts';
import type { DivergenceName } from './divergence.ts';

/**
 * What is known of P pairs, float32 [P] each: log-probabilities summed over a completion's tokens, by the policy
 * and by the reference, and the numbers of these tokens. Losses without a reference leave its two members unread.
 */
export type PairInputs = {
  readonly chosen: Tensor;
  readonly rejected: Tensor;
  readonly referenceChosen: Tensor;
  readonly referenceRejected: Tensor;
  readonly chosenLength: Tensor;
  readonly rejectedLength: Tensor;
};

/** Options of the family. A loss refuses those that it does not read: see `checkPairLossOptions`. */
export type PairLossOptions = {
  /** Inverse temperature of the rewards, > 0. */
  readonly beta: number;
  /** Share of pairs taken to be labelled the wrong way round, in [0, 0.5); exo_pair wants it > 0. */
  readonly labelSmoothing: number;
  /** Margin that simpo asks for, in rewards (not as a share of beta); 0.5 unless told. */
  readonly gamma?: number | undefined;
  /** The f-divergence from the reference that is penalised; 'reverse_kl', the usual one, unless told. */
  readonly divergence?: DivergenceName | undefined;
  /** Order of the alpha divergence; 0.5 unless told. */
  readonly divergenceAlpha?: number | undefined;
};

/** A number for each of a pair's two completions, float32 [P] each. */
export type PairValues = { readonly chosen: Tensor; readonly rejected: Tensor };

/** One loss of the family. */
export type PairLoss = {
  /** Whether the reference's log-probabilities are read. */
  readonly needsReference: boolean;
  readonly readsLabelSmoothing: boolean;
  readonly readsGamma: boolean;
  readonly readsDivergence: boolean;
  /** Whether a pair's loss depends on the other pairs: then micro-batches and padding pairs change the result. */
  readonly couplesPairs: boolean;
  /** The loss of each pair, float32 [P]; a batch's loss is the mean. */
  readonly loss: (inputs: PairInputs, options: PairLossOptions) => Tensor;
  /** The implicit rewards that metrics report, in units of the loss's own scale. */
  readonly rewards: (inputs: PairInputs, options: PairLossOptions) => PairValues;
  /** Every pair's loss while the policy equals the reference; undefined for a loss without a reference. */
  readonly lossAtReference: ((options: PairLossOptions) => number) | undefined;
};

/** log-ratios of policy to reference. */
export function logRatios(inputs: PairInputs): PairValues {
  return {
    chosen: sub(inputs.chosen, inputs.referenceChosen),
    rejected: sub(inputs.rejected, inputs.referenceRejected),
  };
}

/** Sums over completions as means over their tokens; a completion without tokens keeps its sum, which is 0. */
export function perToken(sums: PairValues, { chosenLength, rejectedLength }: PairInputs): PairValues {
  return {
    chosen: div(sums.chosen, maximum(chosenLength, 1)),
    rejected: div(sums.rejected, maximum(rejectedLength, 1)),
  };
}

export function scaled({ chosen, rejected }: PairValues, factor: number): PairValues {
  return { chosen: mul(chosen, factor), rejected: mul(rejected, factor) };
}

export function margin({ chosen, rejected }: PairValues): Tensor {
  return sub(chosen, rejected);
}

/** -log sigmoid(x). */
export function logisticLoss(x: Tensor): Tensor {
  return softplus(neg(x));
}

/** -(1 - e) log sigmoid(x) - e log sigmoid(-x). */
export function smoothedLogisticLoss(x: Tensor, labelSmoothing: number): Tensor {
  if (labelSmoothing === 0) return logisticLoss(x);
  return add(mul(logisticLoss(x), 1 - labelSmoothing), mul(softplus(x), labelSmoothing));
}

export function square(x: Tensor): Tensor {
  return mul(x, x);
}
