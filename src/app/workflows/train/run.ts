// Runs a recipe, leaves the resolved configuration in the run's directory and keeps the run's record.
import { existsSync } from 'node:fs';
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
import { observeRun, type RecordedTraining, type RecordPlace } from './record/index.ts';

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
  /** Where the run is recorded, instead of where the configuration says. */
  readonly record?: RecordPlace;
  /**
   * Name of the resolved configuration in the run's directory. @default the one that is there already, else 'config.yaml'
   */
  readonly configFile?: string;
};

const recipes = { sft: trainSft, dpo: trainDpo } as const;

/**
 * Trains as the configuration says. The run's directory gets `config.yaml` as soon as the run is known to be sound. Unless
 * `config.tracking` is null the run is recorded; whatever happens to that leaves the training as it is.
 * @throws InputError, before anything is read, for a `tracking.uri` that is no place to record to
 */
export async function runTraining(
  config: TrainConfig,
  { source = 'hone train', configFile, record: place, ...control }: TrainingControl = {},
): Promise<TrainingRun> {
  const path = configPath(config, configFile);
  const observer = observeRun(config, {
    resume: control.resume ?? false,
    source,
    place,
    onMessage: (text) => control.onEvent?.({ type: 'message', text }),
  });
  const onEvent = (event: RunEvent) => {
    observer?.onEvent(event);
    control.onEvent?.(event);
  };
  let summary: RunSummary;
  try {
    summary = await withConfigFile(config, path, { ...control, onEvent });
  } catch (error) {
    await observer?.end({ error });
    throw error;
  }
  const record = (await observer?.end(summary, control.signal)) ?? null;
  return { ...summary, output: config.output, config: path, record };
}

async function withConfigFile(config: TrainConfig, path: string, control: RunControl): Promise<RunSummary> {
  let saved: Promise<void> | undefined;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'start') {
      saved = writeFileAtomic(path, formatTrainConfig(config));
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

/** In a directory of the reference trainer's form, `config.yaml` is that trainer's own tree. */
function configPath({ output }: Pick<TrainConfig, 'output'>, given: string | undefined): string {
  const other = join(output, 'train.yaml');
  if (given === undefined && existsSync(other)) return other;
  return join(output, given ?? 'config.yaml');
}
