// Losses that need no reference model. Terms on the chosen completion's likelihood (cpo_alpha, ORPO's first term) are the caller's to add.
import { log, logSigmoid, minimum, mul, relu, sub, type Tensor, tanh } from '../../engine/index.ts';
import {
  logisticLoss,
  margin,
  type PairInputs,
  type PairLossOptions,
  type PairValues,
  perToken,
  scaled,
  smoothedLogisticLoss,
  square,
} from './pair-loss.ts';

type Loss = (inputs: PairInputs, options: PairLossOptions) => Tensor;

// Where every token has probability 1 the odds are infinite; this holds them at about a million to one
const largestLogProb = -1e-6;

/** beta times the sums of log-probabilities. */
export function sumRewards(inputs: PairInputs, { beta }: PairLossOptions): PairValues {
  return scaled(inputs, beta);
}

/** beta times the means of log-probabilities over tokens. */
export function perTokenRewards(inputs: PairInputs, { beta }: PairLossOptions): PairValues {
  return scaled(perToken(inputs, inputs), beta);
}

/** CPO (Xu et al., 2024), its preference term. */
export const cpoSigmoidLoss: Loss = (inputs, options) =>
  smoothedLogisticLoss(margin(sumRewards(inputs, options)), options.labelSmoothing);

/** CPO with SLiC's hinge. */
export const cpoHingeLoss: Loss = (inputs, options) => relu(sub(1, margin(sumRewards(inputs, options))));

/** CPO with IPO's square, on means over tokens. */
export const cpoIpoLoss: Loss = (inputs, { beta }) =>
  square(sub(margin(perToken(inputs, inputs)), 1 / (2 * beta)));

/** SimPO (Meng et al., 2024): means over tokens must differ by a margin. */
export const simpoLoss: Loss = (inputs, options) => {
  const { gamma = 0.5, labelSmoothing } = options;
  return smoothedLogisticLoss(sub(margin(perTokenRewards(inputs, options)), gamma), labelSmoothing);
};

/** ORPO (Hong et al., 2024), its odds-ratio term: -beta log sigmoid(log odds of chosen - log odds of rejected). */
export const orpoLoss: Loss = (inputs, { beta }) => {
  const { chosen, rejected } = perToken(inputs, inputs);
  return mul(logisticLoss(sub(logOdds(chosen), logOdds(rejected))), beta);
};

/** x - log(1 - e^x) of a log-probability x, as log sigmoid(x) - log tanh(-x / 2): no difference of near-equal numbers. */
function logOdds(logProb: Tensor): Tensor {
  const held = minimum(logProb, largestLogProb);
  return sub(logSigmoid(held), log(tanh(mul(held, -0.5))));
}
