// The messages about logged models, and ours as theirs.
import type { LoggedModel, LoggedModelStatus } from '../../../tracking/index.ts';
import { double, enumeration, int64, message, type Output, repeated, string } from '../wire/index.ts';
import { keyValue } from './run.ts';

/** What a client may make of a model; before that it is pending. */
export const loggedModelStatus = enumeration([
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
]);

const statusNames = {
  PENDING: 'LOGGED_MODEL_PENDING',
  READY: 'LOGGED_MODEL_READY',
  FAILED: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const satisfies Record<LoggedModelStatus, string>;

export const loggedModelStatuses = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
} as const satisfies Record<string, LoggedModelStatus>;

const loggedModelMetric = message({
  key: string(),
  value: double(),
  timestamp: int64(),
  step: int64(),
  dataset_name: string(),
  dataset_digest: string(),
  model_id: string(),
  run_id: string(),
});

export const loggedModelMessage = message({
  info: message({
    model_id: string(),
    experiment_id: string(),
    name: string(),
    creation_timestamp_ms: int64(),
    last_updated_timestamp_ms: int64(),
    artifact_uri: string(),
    status: loggedModelStatus,
    model_type: string(),
    source_run_id: string(),
    tags: repeated(keyValue),
  }),
  data: message({ params: repeated(keyValue), metrics: repeated(loggedModelMetric) }),
});

export function toLoggedModelMessage(model: LoggedModel): Output<typeof loggedModelMessage> {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: model.artifactUri,
      status: statusNames[model.status],
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: model.tags,
    },
    data: {
      params: model.params,
      metrics: model.metrics.map(({ modelId, runId, datasetName, datasetDigest, ...metric }) => ({
        ...metric,
        dataset_name: datasetName,
        dataset_digest: datasetDigest,
        model_id: modelId,
        run_id: runId,
      })),
    },
  };
}
