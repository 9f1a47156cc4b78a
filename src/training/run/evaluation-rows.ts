// Evaluations as they stand in the rows of the metrics.
import type { TrainConfig } from '../config.ts';
import type { MetricsRow } from './metrics-log.ts';
import { referenceNames } from './reference-names.ts';

/** The newest evaluation among the rows that a resumed run has. */
export function evaluationIn(rows: readonly MetricsRow[]): Record<string, number> | undefined {
  const row = rows.findLast((one) => one.eval_loss !== undefined);
  if (row === undefined) return undefined;
  const entries = Object.entries(row).filter(([name]) => name.startsWith('eval_'));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice('eval_'.length), value]));
}

/** An evaluation's part of a row: its metrics as `eval_*`, and under the reference DPO trainer's names where these are wanted. */
export function evaluationRow(
  metrics: Readonly<Record<string, number>>,
  named: Pick<TrainConfig, 'recipe' | 'reduction'> | undefined,
): Record<string, number> {
  return { ...prefixed(metrics), ...(named && referenceNames(metrics, 'eval', named)) };
}

function prefixed(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
}
