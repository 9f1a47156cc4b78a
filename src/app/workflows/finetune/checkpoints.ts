// The checkpoints of a job that can be used as models: one an epoch, the last three.
import { join } from 'node:path';
import { sha256 } from '../../../core/index.ts';
import { type MetricsRow, readMetrics, type SavedCheckpoint } from '../../../training/index.ts';
import { checkpointEvent, warning } from './events.ts';
import type { JobPaths } from './job-directory.ts';
import { metricsOf } from './metrics.ts';
import type { CheckpointMirror } from './mirror.ts';
import type { ModelPublisher } from './publish.ts';
import type { FineTuneCheckpoint } from './spec.ts';
import { checkpointModelId } from './tuned-id.ts';
import type { JobWatch } from './watch.ts';

/** As many as OpenAI keeps. */
const keptCheckpoints = 3;

export type CheckpointOptions = {
  readonly jobId: string;
  /** Id of the model that the job makes. */
  readonly model: string;
  readonly paths: Pick<JobPaths, 'run'>;
  readonly watch: JobWatch;
  readonly publisher: ModelPublisher;
  /** Undefined where no other machine could go on. */
  readonly mirror: CheckpointMirror | undefined;
};

/**
 * What is done with each checkpoint before training goes on. A store that does not take it costs a warning, not the training.
 */
export function checkpointKeeper(options: CheckpointOptions): (checkpoint: SavedCheckpoint) => Promise<void> {
  const { watch, mirror, paths, publisher } = options;
  return async (checkpoint) => {
    // All before it is told; and a start that got this far has earned the job new ones
    await publisher.confirm({ advanced: checkpoint.step > watch.fromStep });
    try {
      const rows = await readMetrics(join(paths.run, 'metrics.jsonl'));
      const row = rows.findLast(({ step }) => step <= checkpoint.step);
      if (row !== undefined && endsEpoch(row, watch)) await publish(checkpoint, row, options);
      await mirror?.save(checkpoint.step);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      watch.tell(warning(`The checkpoint of step ${checkpoint.step} was not kept: ${reason}`));
    }
  };
}

/** Whether an epoch has ended since the last checkpoint that was published. */
function endsEpoch({ step, epoch = 0 }: MetricsRow, { progress }: JobWatch): boolean {
  const stepsPerEpoch = Math.round(step / epoch);
  const epochs = (steps: number) => Math.floor(steps / stepsPerEpoch);
  return epochs(step) > epochs(progress.checkpoints.at(-1)?.step ?? 0);
}

async function publish(
  { step, model: directory }: SavedCheckpoint,
  row: MetricsRow,
  options: CheckpointOptions,
): Promise<void> {
  const { jobId, model, watch, publisher } = options;
  const checkpoint: FineTuneCheckpoint = {
    id: `ftckpt_${sha256(`${jobId}:${step}`).slice(0, 24)}`,
    model: checkpointModelId(model, step),
    step,
    createdAt: Math.floor(Date.now() / 1000),
    metrics: metricsOf(row),
  };
  await publisher.publish(directory, { id: checkpoint.model, kind: 'checkpoint' });
  const all = [...watch.progress.checkpoints, checkpoint];
  // First, so that a start that is cut off here leaves none that nobody knows of
  for (const old of all.slice(0, -keptCheckpoints)) await publisher.withdraw(old.model);
  watch.set({ checkpoints: all.slice(-keptCheckpoints) });
  watch.tell(checkpointEvent(checkpoint));
  // Known before training goes on: a later start that begins behind this checkpoint does not look at it again
  await publisher.confirm();
}
