// KTO (Ethayarajh et al., 2024): completions judged one by one, not in pairs.
import {
  maximum,
  mul,
  reduceMean,
  sigmoid,
  stopGradient,
  sub,
  type Tensor,
  where,
} from '../../engine/index.ts';

/** N judged completions: sums of log-probabilities, float32 [N] each, and which of them are desirable, bool [N]. */
export type JudgedInputs = {
  readonly policy: Tensor;
  readonly reference: Tensor;
  readonly desirable: Tensor;
};

/** How strongly each kind of completion counts, and against what point. */
export type KtoOptions = {
  /** Inverse temperature of the rewards, > 0. */
  readonly beta: number;
  /** Weight of a desirable completion's loss. */
  readonly desirableWeight: number;
  /** Weight of an undesirable completion's loss. */
  readonly undesirableWeight: number;
  /** The reference point, a scalar: `ktoReferencePoint`, or `scalar(0)` for TRL's apo_zero_unpaired. */
  readonly referencePoint: Tensor;
};

/**
 * The estimate of the policy's divergence from the reference: the mean log-ratio of prompts with other prompts'
 * completions, at least 0. No gradient flows through it.
 * @param mismatched sums of log-probabilities of these completions, float32 [N] each
 */
export function ktoReferencePoint(mismatched: {
  readonly policy: Tensor;
  readonly reference: Tensor;
}): Tensor {
  return stopGradient(maximum(reduceMean(sub(mismatched.policy, mismatched.reference)), 0));
}

/** The loss of each completion, float32 [N]; a batch's loss is the mean. */
export function ktoLoss({ policy, reference, desirable }: JudgedInputs, options: KtoOptions): Tensor {
  const { beta, desirableWeight, undesirableWeight, referencePoint } = options;
  const gain = mul(sub(sub(policy, reference), referencePoint), beta);
  // 1 - sigmoid(x) = sigmoid(-x)
  return where(
    desirable,
    mul(sigmoid(mul(gain, -1)), desirableWeight),
    mul(sigmoid(gain), undesirableWeight),
  );
}
