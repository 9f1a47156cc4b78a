// A run of the reference trainer's: its settings made Hone's, its files where scripts look for them.
import { cp, mkdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError, writeFileAtomic } from '../../../../core/index.ts';
import type { RunEvent, TrainConfig } from '../../../../training/index.ts';
import { runTraining, type TrainingControl, type TrainingRun } from '../run.ts';
import { prepareReferenceData } from './data.ts';
import { formatReferenceConfig } from './load.ts';
import { findReferenceModel } from './models.ts';
import type { ReferenceConfig } from './schema.ts';
import { noticesOf, stepsOf, trainConfigOf } from './train-config.ts';

/** A run that can begin. */
export type PreparedReference = {
  readonly reference: ReferenceConfig;
  /** The same as Hone's configuration. */
  readonly config: TrainConfig;
  /** What is done in another way than the reference trainer does it, and what the data lack. */
  readonly notices: readonly string[];
};

/** What came of a run. */
export type ReferenceRun = TrainingRun & {
  /** The directory of the final model: `LATEST` of the run's directory. */
  readonly latest: string;
};

/**
 * Finds the model and the data of a run, which all have to be on this machine.
 * @throws InputError that says what is missing and how to get it
 */
export async function prepareReferenceRun(reference: ReferenceConfig): Promise<PreparedReference> {
  const scratch = dirname(reference.local_run_dir);
  const found = await findReferenceModel(reference, scratch);
  const data = await prepareReferenceData(reference, scratch);
  const { batch_size: batch } = reference;
  if (stepsOf(reference, data.examples) === 0)
    throw new InputError(
      `Cannot train: the data hold ${data.examples} examples, fewer than one batch_size of ${batch}; lower it`,
    );
  const config = trainConfigOf(reference, { data, found });
  return { reference, config, notices: [...noticesOf(reference), ...data.notices] };
}

/**
 * Trains. The run's directory gets `config.yaml` (the reference trainer's tree), `train.yaml` (Hone's, with which the run can be
 * resumed), `metrics.jsonl` with the reference trainer's names among its own, and `LATEST`, the final model.
 */
export async function runReferenceTraining(
  { reference, config, notices }: PreparedReference,
  control: TrainingControl = {},
): Promise<ReferenceRun> {
  for (const text of notices) control.onEvent?.({ type: 'message', text });
  const directory = config.output;
  let started: Promise<void> | undefined;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'start') {
      started = layOut(directory, reference);
      // Awaited below; until then a failure must not end the process
      started.catch(() => undefined);
    }
    control.onEvent?.(event);
  };
  await mkdir(dirname(directory), { recursive: true });
  const run = await runTraining(config, { ...control, onEvent, configFile: resumableConfig });
  await started;
  const latest = join(directory, 'LATEST');
  if ((await stat(latest).catch(() => undefined)) === undefined)
    await cp(run.final, latest, { recursive: true });
  return { ...run, latest };
}

/** Name of Hone's configuration in a directory whose `config.yaml` is the reference trainer's. */
const resumableConfig = 'train.yaml';

/** `LATEST` leads to the final model, which a resumed run may be the first to write. */
async function layOut(directory: string, reference: ReferenceConfig): Promise<void> {
  await writeFileAtomic(join(directory, 'config.yaml'), formatReferenceConfig(reference));
  // Where links are not allowed, the model is copied at the end
  await symlink('final', join(directory, 'LATEST'), 'junction').catch(() => undefined);
}
