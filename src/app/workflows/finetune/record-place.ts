// Where the training of a job is recorded: a run in the service's own tracking, with an id that follows from the job's.
import type { Job } from '../../../jobs/index.ts';
import { storeTarget } from '../../../tracking/index.ts';
import type { RecordPlace } from '../train/index.ts';
import type { FineTuneServices } from './services.ts';
import { runIdOf } from './tuned-id.ts';

export type RecordOptions = {
  readonly services: FineTuneServices;
  readonly job: Job;
  /** In messages: where that is. */
  readonly description: string;
  /** Name of the run: the id of the model that the job makes. */
  readonly name: string;
};

/** Experiment in which the runs of jobs are. */
export const fineTuningExperiment = 'fine-tuning';

/** Makes the run, unless an earlier start of the job has. @throws StateError where its experiment was deleted */
export async function recordPlace({ services, job, description, name }: RecordOptions): Promise<RecordPlace> {
  const { tracking, artifacts } = services.stores;
  const target = storeTarget({ tracking, artifacts, description });
  const tags = {
    'mlflow.user': job.owner,
    'mlflow.source.name': `fine-tuning job ${job.id}`,
    'hone.job_id': job.id,
    'hone.owner': job.owner,
    'hone.model': name,
  };
  const runId = await target.createRun({
    key: runIdOf(job.id),
    experimentId: await target.ensureExperiment(fineTuningExperiment),
    name,
    userId: job.owner,
    startTime: Date.now(),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  return { destination: description, open: async () => target, runId, tags };
}
