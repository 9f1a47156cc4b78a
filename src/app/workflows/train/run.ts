// Runs a recipe, leaves the resolved configuration in the run's directory and keeps the run's record.
import { join } from 'node:path';
import { writeFileAtomic } from '../../../core/index.ts';
import {
  type RunControl,
  type RunEvent,
  type RunSummary,
  type TrainConfig,
  trainDpo,
  trainSft,
} from '../../../training/index.ts';
import { formatTrainConfig } from './config.ts';
import { observeRun, type RecordedTraining } from './record/index.ts';

/** What came of a run, and where its files are. */
export type TrainingRun = RunSummary & {
  /** The run's directory. */
  readonly output: string;
  /** The resolved configuration, with which the run can be resumed. */
  readonly config: string;
  /** Where it is recorded; null: nowhere. */
  readonly record: RecordedTraining | null;
};

/** How a caller watches and stops a run, and what it is called in its record. */
export type TrainingControl = RunControl & {
  /** What was run: `hone train FILE`. */
  readonly source?: string;
};

const recipes = { sft: trainSft, dpo: trainDpo } as const;

/**
 * Trains as the configuration says. The run's directory gets `config.yaml` as soon as the run is known to be sound. Unless
 * `config.tracking` is null the run is recorded; whatever happens to that leaves the training as it is.
 * @throws InputError, before anything is read, for a `tracking.uri` that is no place to record to
 */
export async function runTraining(
  config: TrainConfig,
  { source = 'hone train', ...control }: TrainingControl = {},
): Promise<TrainingRun> {
  const observer = observeRun(config, {
    resume: control.resume ?? false,
    source,
    onMessage: (text) => control.onEvent?.({ type: 'message', text }),
  });
  const onEvent = (event: RunEvent) => {
    observer?.onEvent(event);
    control.onEvent?.(event);
  };
  let summary: RunSummary;
  try {
    summary = await withConfigFile(config, { ...control, onEvent });
  } catch (error) {
    await observer?.end({ error });
    throw error;
  }
  const record = (await observer?.end(summary, control.signal)) ?? null;
  return { ...summary, output: config.output, config: configPath(config), record };
}

async function withConfigFile(config: TrainConfig, control: RunControl): Promise<RunSummary> {
  let saved: Promise<void> | undefined;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'start') {
      saved = writeFileAtomic(configPath(config), formatTrainConfig(config));
      // Awaited below; until then a failure must not end the process
      saved.catch(() => undefined);
    }
    control.onEvent?.(event);
  };
  try {
    return await recipes[config.recipe](config, { ...control, onEvent });
  } finally {
    await saved;
  }
}

function configPath({ output }: Pick<TrainConfig, 'output'>): string {
  return join(output, 'config.yaml');
}
