// Refuses options that a loss does not read or cannot work with, before anything is built.
import { InputError } from '../../core/index.ts';
import { divergenceNames } from './divergence.ts';
import type { PairLoss, PairLossOptions } from './pair-loss.ts';
import { type PairLossName, pairLosses, pairLossNames } from './pair-losses.ts';

type Fault = { readonly option: keyof PairLossOptions; readonly why: string; readonly remedy: string };

/**
 * Checks a loss's options. A value that changes nothing (labelSmoothing 0, gamma 0, 'reverse_kl') passes everywhere.
 * @throws InputError naming the loss, the option, its value and the remedy
 */
export function checkPairLossOptions(name: PairLossName, options: PairLossOptions): void {
  const fault = unread(pairLosses[name], options) ?? outOfRange(name, options);
  if (fault === undefined) return;
  const { option, why, remedy } = fault;
  throw new InputError(`Cannot use loss '${name}' with ${option} ${options[option]}: ${why}; ${remedy}`);
}

function unread(loss: PairLoss, options: PairLossOptions): Fault | undefined {
  const { labelSmoothing, gamma = 0, divergence = 'reverse_kl', divergenceAlpha } = options;
  const why = 'this loss does not read it';
  if (labelSmoothing !== 0 && !loss.readsLabelSmoothing)
    return {
      option: 'labelSmoothing',
      why,
      remedy: `set it to 0, or choose ${readers('readsLabelSmoothing')}`,
    };
  if (gamma !== 0 && !loss.readsGamma)
    return { option: 'gamma', why, remedy: `leave it out, or choose ${readers('readsGamma')}` };
  if (divergence !== 'reverse_kl' && !loss.readsDivergence)
    return { option: 'divergence', why, remedy: `leave it out, or choose ${readers('readsDivergence')}` };
  if (divergenceAlpha !== undefined && divergence !== 'alpha_divergence')
    return {
      option: 'divergenceAlpha',
      why: `divergence ${divergence} does not read it`,
      remedy: `leave it out, or set divergence to alpha_divergence`,
    };
  return undefined;
}

function readers(property: 'readsLabelSmoothing' | 'readsGamma' | 'readsDivergence'): string {
  return pairLossNames.filter((name) => pairLosses[name][property]).join(', ');
}

function outOfRange(name: PairLossName, options: PairLossOptions): Fault | undefined {
  const { beta, labelSmoothing, gamma = 0, divergence = 'reverse_kl', divergenceAlpha = 0.5 } = options;
  if (!(beta > 0 && Number.isFinite(beta)))
    return { option: 'beta', why: 'it must be a positive number', remedy: 'set it to 0.1, for example' };
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5))
    return {
      option: 'labelSmoothing',
      why: 'it must lie in [0, 0.5)',
      remedy: 'set it to the share of labels that are wrong',
    };
  if (name === 'exo_pair' && labelSmoothing === 0)
    return {
      option: 'labelSmoothing',
      why: 'the loss would be infinite',
      remedy: 'set it to 0.001, for example',
    };
  if (!(gamma >= 0 && Number.isFinite(gamma)))
    return {
      option: 'gamma',
      why: 'it must be a number of at least 0',
      remedy: 'set it to 0.5, for example',
    };
  if (!divergenceNames.includes(divergence))
    return {
      option: 'divergence',
      why: 'there is no such divergence',
      remedy: `choose ${divergenceNames.join(', ')}`,
    };
  if (!Number.isFinite(divergenceAlpha))
    return { option: 'divergenceAlpha', why: 'it must be a number', remedy: 'set it to 0.5, for example' };
  return undefined;
}
