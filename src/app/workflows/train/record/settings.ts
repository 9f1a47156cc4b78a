// How a run is to be recorded: its configuration, and what programs around it hand over in the environment, as MLflow's clients do.
import { basename, resolve } from 'node:path';
import type { RunTarget } from '../../../../tracking/index.ts';
import type { TrainConfig } from '../../../../training/index.ts';
import { runDestination } from '../../../run-destination.ts';

/** A run that was made for the training already, in stores that its caller has open. */
export type RecordPlace = {
  /** In messages: where that is. Holds no password. */
  readonly destination: string;
  readonly open: () => Promise<RunTarget>;
  readonly runId: string;
  /** Go before those that the record would have of itself. */
  readonly tags: Readonly<Record<string, string>>;
};

/** All that is decided before the run begins. */
export type RecordSettings = {
  readonly destination: string;
  readonly experiment: string;
  readonly name: string;
  /** Seconds between samples of the machine; null: none. */
  readonly systemMetricsInterval: number | null;
  readonly artifacts: 'none' | 'final' | 'best' | 'all';
  /** A run that the tracker has already, and to which this is recorded. */
  readonly runId: string | undefined;
  readonly parentRunId: string | undefined;
  /** Tags that whoever started the run wants on it. */
  readonly tags: Readonly<Record<string, string>>;
};

/** Tags for what a search hands to its trials. */
const handedTags: Readonly<Record<string, string>> = {
  MLFLOW_TRIAL_NUMBER: 'trial_number',
  MLFLOW_FOLD_IDX: 'fold_idx',
  HPO_STUDY_KEY_HASH: 'code.study_key_hash',
};

/** The settings of a run that its caller records. */
export function placeSettings(
  { tracking, output }: Pick<TrainConfig, 'tracking' | 'output'>,
  { destination, runId, tags }: RecordPlace,
): RecordSettings {
  return {
    ...{ destination, runId, tags },
    experiment: tracking?.experiment ?? 'hone',
    name: tracking?.run_name ?? basename(resolve(output)),
    systemMetricsInterval: tracking?.system_metrics_interval ?? null,
    artifacts: tracking?.artifacts ?? 'final',
    parentRunId: undefined,
  };
}

/**
 * The settings; undefined for a run that is not recorded.
 * @throws InputError for a place that is none, or an address with credentials
 */
export function recordSettings(
  { tracking, output }: Pick<TrainConfig, 'tracking' | 'output'>,
  env: NodeJS.ProcessEnv = process.env,
): RecordSettings | undefined {
  if (tracking === null) return undefined;
  const tags = Object.entries(handedTags).flatMap(([variable, tag]) => {
    const value = env[variable];
    return value ? [[tag, value] as const] : [];
  });
  return {
    destination: runDestination(tracking.uri, env),
    experiment: tracking.experiment ?? (env.MLFLOW_EXPERIMENT_NAME || 'hone'),
    name: tracking.run_name ?? (env.MLFLOW_RUN_NAME || basename(resolve(output))),
    systemMetricsInterval: tracking.system_metrics_interval,
    artifacts: isTrue(env.MLFLOW_SKIP_ARTIFACT_LOGGING) ? 'none' : tracking.artifacts,
    runId: env.MLFLOW_USE_RUN_ID || env.MLFLOW_CHILD_RUN_ID || env.MLFLOW_RUN_ID || undefined,
    parentRunId: env.MLFLOW_PARENT_RUN_ID || undefined,
    tags: Object.fromEntries(tags),
  };
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|true|yes)$/i.test(value);
}
