// The table of preference losses by name (TRL's where TRL has them).
import type { PairLoss, PairLossOptions } from './pair-loss.ts';
import * as free from './reference-free.ts';
import * as anchored from './with-reference.ts';

/** Names of the preference losses on pairs. */
export const pairLossNames = [
  'sigmoid',
  'sigmoid_norm',
  'robust',
  'hinge',
  'ipo',
  'ipo_sum',
  'exo_pair',
  'nca_pair',
  'bco_pair',
  'sppo_hard',
  'apo_zero',
  'apo_down',
  'discopop',
  'aot',
  'aot_unpaired',
  'cpo_sigmoid',
  'cpo_hinge',
  'cpo_ipo',
  'simpo',
  'orpo',
] as const;

/** The name of a preference loss on pairs. */
export type PairLossName = (typeof pairLossNames)[number];

const ln2 = () => Math.LN2;
const squaredTarget = ({ beta }: PairLossOptions) => 1 / (4 * beta * beta);

const withReference = {
  needsReference: true,
  readsLabelSmoothing: false,
  readsGamma: false,
  readsDivergence: false,
  couplesPairs: false,
  rewards: anchored.referenceRewards,
} as const;

const referenceFree = {
  ...withReference,
  needsReference: false,
  rewards: free.perTokenRewards,
  lossAtReference: undefined,
} as const;

const smoothed = { readsLabelSmoothing: true } as const;
const divergent = { readsDivergence: true } as const;

/** The losses; each is a pure function from tensors to tensors. */
export const pairLosses: { readonly [K in PairLossName]: PairLoss } = {
  sigmoid: {
    ...withReference,
    ...smoothed,
    ...divergent,
    loss: anchored.sigmoidLoss,
    lossAtReference: ln2,
  },
  sigmoid_norm: {
    ...withReference,
    ...smoothed,
    ...divergent,
    loss: anchored.sigmoidNormLoss,
    lossAtReference: ln2,
  },
  robust: { ...withReference, ...smoothed, ...divergent, loss: anchored.robustLoss, lossAtReference: ln2 },
  hinge: { ...withReference, ...divergent, loss: anchored.hingeLoss, lossAtReference: () => 1 },
  ipo: { ...withReference, ...divergent, loss: anchored.ipoLoss, lossAtReference: squaredTarget },
  ipo_sum: { ...withReference, ...divergent, loss: anchored.ipoSumLoss, lossAtReference: squaredTarget },
  exo_pair: {
    ...withReference,
    ...smoothed,
    ...divergent,
    loss: anchored.exoPairLoss,
    lossAtReference: ({ labelSmoothing: e }) => -Math.LN2 - (Math.log1p(-e) + Math.log(e)) / 2,
  },
  nca_pair: { ...withReference, loss: anchored.ncaPairLoss, lossAtReference: () => 2 * Math.LN2 },
  bco_pair: { ...withReference, loss: anchored.bcoPairLoss, lossAtReference: () => 2 * Math.LN2 },
  sppo_hard: {
    ...withReference,
    loss: anchored.sppoHardLoss,
    lossAtReference: (options) => 2 * squaredTarget(options),
  },
  apo_zero: { ...withReference, loss: anchored.apoZeroLoss, lossAtReference: () => 1 },
  apo_down: { ...withReference, loss: anchored.apoDownLoss, lossAtReference: () => 1 },
  discopop: {
    ...withReference,
    ...divergent,
    loss: anchored.discopopLoss,
    lossAtReference: () => (Math.LN2 + 1) / 2,
  },
  aot: { ...withReference, ...smoothed, couplesPairs: true, loss: anchored.aotLoss, lossAtReference: ln2 },
  aot_unpaired: {
    ...withReference,
    ...smoothed,
    couplesPairs: true,
    loss: anchored.aotUnpairedLoss,
    lossAtReference: ln2,
  },
  cpo_sigmoid: { ...referenceFree, ...smoothed, loss: free.cpoSigmoidLoss, rewards: free.sumRewards },
  cpo_hinge: { ...referenceFree, loss: free.cpoHingeLoss, rewards: free.sumRewards },
  cpo_ipo: { ...referenceFree, loss: free.cpoIpoLoss },
  simpo: { ...referenceFree, ...smoothed, readsGamma: true, loss: free.simpoLoss },
  orpo: { ...referenceFree, loss: free.orpoLoss },
};
