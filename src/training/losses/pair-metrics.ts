// What a preference run reports of each pair, by TRL's names.
import { cast, greater, sub, type Tensor } from '../../engine/index.ts';
import type { PairInputs, PairLossOptions } from './pair-loss.ts';
import { type PairLossName, pairLosses } from './pair-losses.ts';

/** What `pairMetrics` reports, by TRL's names. */
export type PairMetricName =
  | ('rewards/chosen' | 'rewards/rejected' | 'rewards/margins' | 'rewards/accuracies')
  | ('logps/chosen' | 'logps/rejected');

/**
 * Metrics of each pair, float32 [P]; their means over pairs are what TRL logs.
 * An accuracy is 1 where the chosen reward is strictly greater, so a tie counts 0; logps are sums over tokens.
 */
export function pairMetrics(
  name: PairLossName,
  inputs: PairInputs,
  options: PairLossOptions,
): Readonly<Record<PairMetricName, Tensor>> {
  const { chosen, rejected } = pairLosses[name].rewards(inputs, options);
  return {
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/margins': sub(chosen, rejected),
    'rewards/accuracies': cast(greater(chosen, rejected), 'float32'),
    'logps/chosen': inputs.chosen,
    'logps/rejected': inputs.rejected,
  };
}
