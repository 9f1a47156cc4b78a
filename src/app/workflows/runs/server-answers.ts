// What an MLflow server answers about runs, read into what Hone calls them.
import { z } from 'zod';
import { ResourceError } from '../../../core/index.ts';
import type { Metric, Run } from '../../../tracking/index.ts';
import { runStatuses } from '../../../tracking/index.ts';
import { experiment, integer, lifecycle, metricValue, pairs, text } from '../../mlflow-answer-fields.ts';

const metric = metricValue.transform((value): Metric => value);

const dataset = z
  .object({
    name: z.string(),
    digest: z.string(),
    source_type: text,
    source: text,
    schema: z.string().optional(),
    profile: z.string().optional(),
  })
  .transform(({ source_type, ...rest }) => ({ ...rest, sourceType: source_type }));

const info = z
  .object({
    run_id: z.string(),
    experiment_id: z.string(),
    run_name: text,
    user_id: text,
    status: z.enum(runStatuses).default('RUNNING'),
    start_time: integer.default(0),
    end_time: integer.optional(),
    artifact_uri: text,
    lifecycle_stage: lifecycle,
  })
  .transform((one): Run['info'] => ({
    runId: one.run_id,
    experimentId: one.experiment_id,
    name: one.run_name,
    userId: one.user_id,
    status: one.status,
    startTime: one.start_time,
    endTime: one.end_time || undefined,
    artifactUri: one.artifact_uri,
    lifecycle: one.lifecycle_stage,
  }));

const run = z
  .object({
    info,
    data: z
      .object({ metrics: z.array(metric).default([]), params: pairs, tags: pairs })
      .default({ metrics: [], params: [], tags: [] }),
    inputs: z
      .object({
        dataset_inputs: z.array(z.object({ dataset, tags: pairs })).default([]),
        model_inputs: z.array(z.object({ model_id: z.string() })).default([]),
      })
      .default({ dataset_inputs: [], model_inputs: [] }),
    outputs: z
      .object({
        model_outputs: z.array(z.object({ model_id: z.string(), step: integer.default(0) })).default([]),
      })
      .default({ model_outputs: [] }),
  })
  .transform(
    ({ info, data, inputs, outputs }): Run => ({
      info,
      ...data,
      inputs: {
        datasets: inputs.dataset_inputs,
        models: inputs.model_inputs.map(({ model_id }) => model_id),
      },
      outputs: outputs.model_outputs.map(({ model_id, step }) => ({ modelId: model_id, step })),
    }),
  );

const next_page_token = z.string().optional();

/** The answers by what was asked. */
export const answers = {
  experiments: z.object({ experiments: z.array(experiment).default([]), next_page_token }),
  runs: z.object({ runs: z.array(run).default([]), next_page_token }),
  run: z.object({ run }),
  history: z.object({ metrics: z.array(metric).default([]), next_page_token }),
  artifacts: z.object({
    files: z
      .array(
        z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: integer.default(0) }),
      )
      .default([]),
    next_page_token,
  }),
} as const;

/** Reads an answer. @throws ResourceError for one that is not MLflow's */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ResourceError(
    `Cannot read the server's answer: ${issue?.path.join('.') ?? 'it'} is not MLflow's; check --uri`,
  );
}
