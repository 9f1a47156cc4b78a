// The checkpoints of a job that can be used as models.
import type { FineTuneCheckpoint } from '../../../app/index.ts';
import type { FineTuneJob } from './job-object.ts';

/** Newest first: of the result where there is one, else those that there are so far. */
export function checkpointsOf({ result, progress }: FineTuneJob): readonly FineTuneCheckpoint[] {
  return (result ?? progress)?.checkpoints.toReversed() ?? [];
}

export function checkpointObject({ id, model, step, createdAt, metrics }: FineTuneCheckpoint, jobId: string) {
  return {
    object: 'fine_tuning.job.checkpoint' as const,
    id,
    created_at: createdAt,
    fine_tuned_model_checkpoint: model,
    fine_tuning_job_id: jobId,
    step_number: step,
    metrics: { step, ...metrics },
  };
}
