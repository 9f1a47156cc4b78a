// The messages about runs, and ours as theirs.
import type { Metric, Run, RunInfo } from '../../../tracking/index.ts';
import { runStatuses } from '../../../tracking/index.ts';
import {
  double,
  enumeration,
  type Infer,
  int64,
  message,
  type Output,
  repeated,
  required,
  string,
  withDefault,
} from '../wire/index.ts';
import { runInputs, runOutputs, toRunInputs, toRunOutputs } from './inputs.ts';

export const runStatus = enumeration(runStatuses);

/** A parameter or a tag as it is sent: a missing value is an empty one. */
export const keyValue = message({ key: string(), value: string() });
export const logged = message({ key: required(string()), value: withDefault(string(), '') });

/** A value of a metric as it is logged. */
export const loggedMetric = message({
  key: required(string()),
  value: required(double()),
  timestamp: required(int64()),
  step: withDefault(int64(), 0),
  dataset_name: string(),
  dataset_digest: string(),
  model_id: string(),
  run_id: string(),
});

export const metricMessage = message({ key: string(), value: double(), timestamp: int64(), step: int64() });

export const runInfoMessage = message({
  run_uuid: string(),
  experiment_id: string(),
  run_name: string(),
  user_id: string(),
  status: runStatus,
  start_time: int64(),
  end_time: int64(),
  artifact_uri: string(),
  lifecycle_stage: string(),
  run_id: string(),
});

export const runMessage = message({
  info: runInfoMessage,
  data: message({ metrics: repeated(metricMessage), params: repeated(keyValue), tags: repeated(keyValue) }),
  inputs: runInputs,
  outputs: runOutputs,
});

export function toRunInfoMessage(info: RunInfo): Output<typeof runInfoMessage> {
  return {
    run_uuid: info.runId,
    experiment_id: info.experimentId,
    run_name: info.name,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTime,
    end_time: info.endTime,
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycle,
    run_id: info.runId,
  };
}

export function toRunMessage({
  info,
  metrics,
  params,
  tags,
  inputs,
  outputs,
}: Run): Output<typeof runMessage> {
  return {
    info: toRunInfoMessage(info),
    data: { metrics, params, tags },
    inputs: toRunInputs(inputs),
    outputs: toRunOutputs(outputs),
  };
}

/** A logged value as tracking takes it; an empty text is none. */
export function toMetric({ key, value, timestamp, step, ...of }: Infer<typeof loggedMetric>): Metric {
  if (!of.model_id) return { key, value, timestamp, step };
  const dataset = {
    datasetName: of.dataset_name || undefined,
    datasetDigest: of.dataset_digest || undefined,
  };
  return { key, value, timestamp, step, modelId: of.model_id, ...dataset };
}

/** MLflow's names of the views. */
export const viewType = enumeration(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']);
export const views = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const;
