// What an MLflow server answers, read into what an import hands on.
import { z } from 'zod';
import { registrationStatuses } from '../../../../registry/index.ts';
import { runStatuses } from '../../../../tracking/index.ts';
import { experiment, integer, lifecycle, metricValue, pairs, text } from '../../../mlflow-answer-fields.ts';
import type { SourceExperiment, SourceModel, SourceRun, SourceVersion } from '../source/source.ts';

const optional = z
  .string()
  .optional()
  .transform((value) => value || undefined);

/** A value of a history. */
export const metricAnswer = metricValue;

/** An experiment. */
export const experimentAnswer = experiment.transform((one): SourceExperiment => ({ ...one, place: one.id }));

const info = z.object({
  run_id: z.string(),
  experiment_id: z.string(),
  run_name: text,
  user_id: text,
  status: z.enum(runStatuses).default('RUNNING'),
  start_time: integer.default(0),
  end_time: integer.optional(),
  artifact_uri: text,
  lifecycle_stage: lifecycle,
});

const dataset = z
  .object({
    name: text,
    digest: text,
    source_type: text,
    source: text,
    schema: z.string().optional(),
    profile: z.string().optional(),
  })
  .transform(({ source_type, ...rest }) => ({ ...rest, sourceType: source_type }));

/** A run, but for its fingerprint. */
export const runAnswer = z
  .object({
    info,
    data: z
      .object({ metrics: z.array(z.object({ key: z.string() })).default([]), params: pairs, tags: pairs })
      .prefault({}),
    inputs: z
      .object({
        dataset_inputs: z.array(z.object({ dataset, tags: pairs })).default([]),
        model_inputs: z.array(z.object({ model_id: z.string() })).default([]),
      })
      .prefault({}),
    outputs: z
      .object({
        model_outputs: z.array(z.object({ model_id: z.string(), step: integer.default(0) })).default([]),
      })
      .prefault({}),
  })
  .transform(
    ({ info: one, data, inputs, outputs }): Omit<SourceRun, 'fingerprint'> => ({
      info: {
        runId: one.run_id,
        experimentId: one.experiment_id,
        name: one.run_name || (data.tags.find(({ key }) => key === 'mlflow.runName')?.value ?? ''),
        userId: one.user_id,
        status: one.status,
        startTime: one.start_time,
        endTime: one.end_time,
        artifactUri: one.artifact_uri,
        lifecycle: one.lifecycle_stage,
      },
      place: one.run_id,
      metricKeys: [...new Set(data.metrics.map(({ key }) => key))],
      params: data.params,
      tags: data.tags,
      inputs: {
        datasets: inputs.dataset_inputs,
        models: inputs.model_inputs.map(({ model_id }) => model_id),
      },
      outputs: outputs.model_outputs.map(({ model_id, step }) => ({ modelId: model_id, step })),
    }),
  );

const modelStatuses = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 'PENDING',
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
} as const;

const modelMetric = z
  .object({
    ...metricValue.shape,
    model_id: text,
    run_id: text,
    dataset_name: z.string().optional(),
    dataset_digest: z.string().optional(),
  })
  .transform(({ model_id, run_id, dataset_name, dataset_digest, ...rest }) => ({
    ...rest,
    modelId: model_id,
    runId: run_id,
    ...(dataset_name === undefined ? {} : { datasetName: dataset_name }),
    ...(dataset_digest === undefined ? {} : { datasetDigest: dataset_digest }),
  }));

/** A logged model, but for its fingerprint, with its metrics. */
export const loggedModelAnswer = z
  .object({
    info: z.object({
      model_id: z.string(),
      experiment_id: z.string(),
      name: text,
      creation_timestamp_ms: integer.default(0),
      last_updated_timestamp_ms: integer.default(0),
      artifact_uri: text,
      status: z
        .enum([
          'LOGGED_MODEL_STATUS_UNSPECIFIED',
          'LOGGED_MODEL_PENDING',
          'LOGGED_MODEL_READY',
          'LOGGED_MODEL_UPLOAD_FAILED',
        ])
        .default('LOGGED_MODEL_PENDING'),
      model_type: text,
      source_run_id: text,
      tags: pairs,
    }),
    data: z.object({ params: pairs, metrics: z.array(modelMetric).default([]) }).prefault({}),
  })
  .transform(({ info: one, data: { params, metrics } }) => ({
    metrics,
    model: {
      modelId: one.model_id,
      place: one.model_id,
      experimentId: one.experiment_id,
      name: one.name,
      artifactUri: one.artifact_uri,
      createdAt: one.creation_timestamp_ms,
      updatedAt: one.last_updated_timestamp_ms,
      status: modelStatuses[one.status],
      modelType: one.model_type,
      sourceRunId: one.source_run_id,
      // A server does not tell of deleted ones.
      lifecycle: 'active' as const,
      tags: one.tags,
      params,
    },
  }));

/** A registered model. */
export const registeredModelAnswer = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    creation_timestamp: integer.default(0),
    last_updated_timestamp: integer.default(0),
    tags: pairs,
    aliases: z.array(z.object({ alias: z.string(), version: integer })).default([]),
  })
  .transform(
    (one): SourceModel => ({
      name: one.name,
      place: one.name,
      description: one.description,
      createdAt: one.creation_timestamp,
      updatedAt: one.last_updated_timestamp,
      tags: one.tags,
      aliases: one.aliases,
      // A server does not tell which numbers it gave to versions that are deleted now.
      lastVersion: 0,
    }),
  );

/** A version of a registered model. */
export const versionAnswer = z
  .object({
    version: integer,
    description: z.string().optional(),
    creation_timestamp: integer.default(0),
    last_updated_timestamp: integer.default(0),
    current_stage: z.string().default('None'),
    source: text,
    run_id: optional,
    run_link: z.string().optional(),
    model_id: optional,
    status: z.enum(registrationStatuses).default('READY'),
    status_message: z.string().optional(),
    tags: pairs,
  })
  .transform(
    (one): SourceVersion => ({
      version: one.version,
      description: one.description,
      createdAt: one.creation_timestamp,
      updatedAt: one.last_updated_timestamp,
      stage: one.current_stage,
      source: one.source,
      runId: one.run_id,
      runLink: one.run_link,
      // Servers keep it to themselves, where the source does not say it.
      loggedModelId: one.model_id ?? /^models:\/+(m-[0-9a-f]+)$/.exec(one.source)?.[1],
      status: one.status,
      statusMessage: one.status_message,
      tags: one.tags,
    }),
  );

/** A file among artifacts: of the proxy its path is but its name. */
export const artifactAnswer = z.object({
  path: z.string(),
  is_dir: z.boolean().default(false),
  file_size: integer.optional(),
});
