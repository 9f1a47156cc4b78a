// A fine-tuning job as OpenAI's clients see it.
import type {
  FineTuneProgress,
  FineTuneResult,
  FineTuneSpec,
  ResolvedHyperparameters,
} from '../../../app/index.ts';
import { isFinal, type Job } from '../../../jobs/index.ts';
import { integrationsOf, metadataOf } from './labels.ts';

type Numbers = FineTuneSpec['hyperparameters'] | ResolvedHyperparameters;

/** The states of OpenAI's jobs; `paused` alone where somebody asked for it, for SDKs' types do not know it. */
export type JobStatus =
  | 'validating_files'
  | 'queued'
  | 'running'
  | 'paused'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

/** What a job was told, what it tells, and what came of it: each was written by the workflow itself. */
export type FineTuneJob = Omit<Job, 'spec' | 'progress' | 'result'> & {
  readonly spec: FineTuneSpec;
  readonly progress: FineTuneProgress | null;
  readonly result: FineTuneResult | null;
};

export function jobObject(job: FineTuneJob) {
  const { spec, progress, result } = job;
  const numbers = result?.hyperparameters ?? progress?.hyperparameters ?? spec.hyperparameters;
  return {
    object: 'fine_tuning.job' as const,
    id: job.id,
    model: spec.model,
    created_at: seconds(job.createdAt),
    finished_at: isFinal(job.state) && job.finishedAt !== null ? seconds(job.finishedAt) : null,
    fine_tuned_model: result?.model ?? null,
    // As in the names of models.
    organization_id: job.owner,
    result_files: [...(result?.resultFiles ?? [])],
    status: statusOf(job),
    validation_file: spec.validationFile,
    training_file: spec.trainingFile,
    error: errorOf(job),
    hyperparameters: common(numbers),
    trained_tokens: result?.trainedTokens ?? null,
    seed: spec.seed,
    estimated_finish: estimatedFinish(job),
    integrations: [...integrationsOf(job)],
    metadata: metadataOf(job),
    method: methodOf(spec, numbers),
    user_provided_suffix: spec.suffix,
    usage_metrics: null,
    shared_with_openai: false,
  };
}

function statusOf({ state, startedAt, progress }: FineTuneJob): JobStatus {
  if (state === 'queued') return startedAt === null ? 'validating_files' : 'queued';
  if (state !== 'running') return state;
  return progress === null || progress.phase === 'validating' ? 'validating_files' : 'running';
}

function errorOf({ state, error }: FineTuneJob) {
  if (state !== 'failed' || error === null) return null;
  return { code: error.code, message: error.message, param: error.param ?? null };
}

function common({ batchSize, learningRateMultiplier, epochs }: Numbers) {
  return { n_epochs: epochs, batch_size: batchSize, learning_rate_multiplier: learningRateMultiplier };
}

function methodOf({ method }: FineTuneSpec, numbers: Numbers) {
  if (method === 'supervised') return { type: method, supervised: { hyperparameters: common(numbers) } };
  return { type: method, dpo: { hyperparameters: { beta: numbers.beta ?? 'auto', ...common(numbers) } } };
}

function estimatedFinish({ state, progress }: FineTuneJob): number | null {
  if (state !== 'running' || progress === null || progress.secondsLeft === null) return null;
  return seconds(Date.now()) + Math.ceil(progress.secondsLeft);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
