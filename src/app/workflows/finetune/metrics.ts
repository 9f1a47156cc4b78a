// The metrics of a step by OpenAI's names.
import type { MetricsRow } from '../../../training/index.ts';
import type { FineTuneMetrics } from './spec.ts';

/** Names of the recipes that OpenAI has too. An evaluation is always one of all held-out examples: the full one. */
const names: Readonly<Record<string, readonly string[]>> = {
  loss: ['train_loss'],
  mean_token_accuracy: ['train_mean_token_accuracy'],
  eval_loss: ['valid_loss', 'full_valid_loss'],
  eval_mean_token_accuracy: ['valid_mean_token_accuracy', 'full_valid_mean_token_accuracy'],
};

/** What only preference methods log, by the names that they are known under. */
const kept = /^(eval_)?(rewards|logps|logits)\//;

export function metricsOf(row: MetricsRow): FineTuneMetrics {
  const entries = Object.entries(row).flatMap(([name, value]): [string, number][] => {
    // JSON has no others
    if (!Number.isFinite(value)) return [];
    const known = names[name] ?? (kept.test(name) ? [name] : []);
    return known.map((own) => [own, value]);
  });
  return Object.fromEntries(entries);
}
