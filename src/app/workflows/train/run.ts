// Runs a recipe and leaves the resolved configuration in the run's directory.
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

/** What came of a run, and where its files are. */
export type TrainingRun = RunSummary & {
  /** The run's directory. */
  readonly output: string;
  /** The resolved configuration, with which the run can be resumed. */
  readonly config: string;
};

const recipes = { sft: trainSft, dpo: trainDpo } as const;

/** Trains as the configuration says. The run's directory gets `config.yaml` as soon as the run is known to be sound. */
export async function runTraining(config: TrainConfig, control: RunControl = {}): Promise<TrainingRun> {
  const path = join(config.output, 'config.yaml');
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
    const summary = await recipes[config.recipe](config, { ...control, onEvent });
    return { ...summary, output: config.output, config: path };
  } finally {
    await saved;
  }
}
