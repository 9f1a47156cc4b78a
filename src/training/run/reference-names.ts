// The names under which the reference DPO trainer logs, for dashboards and scripts that look for them.
import type { TrainConfig } from '../config.ts';

type Numbers = Readonly<Record<string, number>>;

/** Names of its own for the metrics of a pair. */
const pairMetrics = [
  'rewards/chosen',
  'rewards/rejected',
  'rewards/accuracies',
  'rewards/margins',
  'logps/chosen',
  'logps/rejected',
] as const;

/**
 * Metrics under the reference trainer's names: `loss/train`, `rewards_eval/chosen`, ... Of sft it logs the loss, a sum over the
 * tokens of an example, and its negative as `logps_*\/chosen`; with another reduction the latter is not known and left out.
 */
export function referenceNames(
  metrics: Numbers,
  part: 'train' | 'eval',
  { recipe, reduction }: Pick<TrainConfig, 'recipe' | 'reduction'>,
): Record<string, number> {
  const named: Record<string, number> = {};
  const { loss } = metrics;
  if (loss !== undefined) named[`loss/${part}`] = loss;
  if (recipe === 'sft' && reduction === 'example-sum' && loss !== undefined)
    named[`logps_${part}/chosen`] = -loss;
  for (const name of pairMetrics) {
    const value = metrics[name];
    if (value !== undefined) named[name.replace('/', `_${part}/`)] = value;
  }
  return named;
}
