// The runs that fill a large store: every value follows from the run's number, so that answers can be checked.
import type { Metric, Pair } from '../tracking-client.ts';

export type Plan = { readonly runs: number; readonly points: number };

export type PlannedRun = {
  readonly name: string;
  /** Milliseconds since 1970; a second apart. */
  readonly startTime: number;
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
};

const METRICS = [
  ...['loss', 'accuracy', 'grad_norm', 'learning_rate', 'tokens_per_second'],
  ...['eval/loss', 'eval/accuracy', 'cpu', 'memory', 'epoch'],
] as const;
export type MetricName = (typeof METRICS)[number];

const FIRST_START = Date.UTC(2026, 0, 1);
const MODELS = ['smollm2-135m', 'qwen3-0.6b', 'llama-3.2-1b', 'gemma-3-1b'] as const;
const TEAMS = ['search', 'support', 'legal', 'speech', 'vision'] as const;

/** Whole steps of each metric in each run; never none. */
export function stepsPerRun({ runs, points }: Plan): number {
  return Math.max(1, Math.round(points / runs / METRICS.length));
}

/** How many rows the plan makes in truth. */
export function plannedPoints(plan: Plan): number {
  return plan.runs * stepsPerRun(plan) * METRICS.length;
}

export function plannedRun(run: number): PlannedRun {
  return {
    name: `train-${run}`,
    startTime: FIRST_START + run * 1000,
    params: [
      { key: 'seed', value: `${run}` },
      { key: 'model', value: modelOf(run) },
      { key: 'lora.rank', value: `${2 ** (run % 8)}` },
      { key: 'learning_rate', value: `${(1 + (run % 10)) * 1e-5}` },
      { key: 'epochs', value: `${1 + (run % 3)}` },
    ],
    tags: [
      { key: 'team', value: teamOf(run) },
      { key: 'mlflow.note.content', value: `Run ${run} of the nightly sweep` },
    ],
  };
}

/** All points of a run, step by step. */
export function plannedMetrics(plan: Plan, run: number): readonly Metric[] {
  const steps = stepsPerRun(plan);
  const { startTime } = plannedRun(run);
  return Array.from({ length: steps * METRICS.length }, (_, i) => {
    const step = Math.floor(i / METRICS.length);
    const key = METRICS[i % METRICS.length] ?? 'loss';
    const value = finalValue(run, key) + (steps - 1 - step) / steps;
    return { key, value, timestamp: startTime + step * 1000, step };
  });
}

/** The last value of a metric, spread evenly over 0..1 without order: a finaliser of MurmurHash3. */
export function finalValue(run: number, metric: MetricName): number {
  let hash = Math.imul(run + 1, 0x9e3779b1) ^ Math.imul(METRICS.indexOf(metric) + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export function modelOf(run: number): string {
  return MODELS[run % MODELS.length] ?? MODELS[0];
}

export function teamOf(run: number): string {
  return TEAMS[run % TEAMS.length] ?? TEAMS[0];
}
