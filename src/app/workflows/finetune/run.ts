// A fine-tuning job from its files to a published model: what the process of one job does.
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InterruptedError, ResourceError } from '../../../core/index.ts';
import { lockRun, type RunSummary, readMetrics, type TrainConfig } from '../../../training/index.ts';
import { type JobContext, JobFault } from '../../job-process/index.ts';
import { type RecordPlace, runTraining, type TrainingRun } from '../train/index.ts';
import { checkpointKeeper } from './checkpoints.ts';
import {
  completedEvent,
  modelEvent,
  startedEvent,
  validatedEvent,
  validatingEvent,
  warning,
} from './events.ts';
import { fetchFiles, type JobFile } from './fetch-files.ts';
import { resolveHyperparameters } from './hyperparameters.ts';
import { type JobPaths, jobPaths } from './job-directory.ts';
import { CheckpointMirror } from './mirror.ts';
import { ModelPublisher } from './publish.ts';
import { recordPlace } from './record-place.ts';
import { keepResultFile } from './result-file.ts';
import type { FineTuneServices } from './services.ts';
import {
  type FineTuneProgress,
  type FineTuneResult,
  type FineTuneSpec,
  fineTuneSchema,
  type ResolvedHyperparameters,
} from './spec.ts';
import { prepareStart, type StartingModel } from './starting-model.ts';
import { fineTuneConfig } from './train-config.ts';
import { runIdOf, tunedModelId } from './tuned-id.ts';
import { validateFile } from './validate.ts';
import { JobWatch } from './watch.ts';

/** How the job's machine runs it. */
export type FineTuneControl = {
  readonly services: FineTuneServices;
  /** Threads of the runtime; 0: one for each core. */
  readonly threads: number;
  /** Copies checkpoints into the store of jobs, for other machines. */
  readonly mirrors: boolean;
  /** In messages: where runs are recorded. */
  readonly recordedIn: string;
};

/** All that the parts of a job work with. */
type Work = FineTuneControl & {
  readonly context: JobContext;
  readonly spec: FineTuneSpec;
  readonly paths: JobPaths;
  readonly watch: JobWatch;
};

/**
 * Carries the job out, from where an earlier start has left it. The process's working directory becomes the job's.
 * @throws JobFault for files that cannot be trained on; InterruptedError when `context.signal` stopped it where it can go on
 */
export async function runFineTune(context: JobContext, control: FineTuneControl): Promise<FineTuneResult> {
  const { job, directory, signal } = context;
  const paths = jobPaths(directory);
  await mkdir(paths.working, { recursive: true });
  const release = await lockRun(paths.lock, directory).catch((cause: unknown) => {
    // It may be a process whose worker has died: it ends in its own time
    throw new ResourceError(`Cannot work in '${directory}': another process does`, { cause });
  });
  process.chdir(paths.working);
  try {
    const spec = fineTuneSchema.parse(job.spec);
    const known = {
      checkpoints: (job.progress as FineTuneProgress | null)?.checkpoints ?? [],
      toldStep: await lastToldStep(control.services, job.id),
    };
    const work: Work = {
      ...control,
      context,
      spec,
      paths,
      watch: new JobWatch(context, { ...known, evaluates: spec.validationFile !== null }),
    };
    const { config, start, hyperparameters } = await prepare(work);
    throwIfStopped(signal);
    return await train(work, { config, start, hyperparameters });
  } finally {
    release();
  }
}

type Prepared = {
  readonly config: TrainConfig;
  readonly start: StartingModel;
  readonly hyperparameters: ResolvedHyperparameters;
};

/** Files and model to a configuration. */
async function prepare(work: Work): Promise<Prepared> {
  const { context, services, spec, paths, watch, threads } = work;
  const { job } = context;
  watch.set({ phase: 'validating', message: 'Validating the files' });
  watch.tell(validatingEvent(spec));
  const files = await fetchFiles(services.stores.files, { spec, owner: job.owner, directory: paths.files });
  const start = await prepareStart(services, { job, spec, paths });
  const configFor = (examples: number) => {
    const hyperparameters = resolveHyperparameters(spec, examples);
    const config = fineTuneConfig({
      ...{ spec, start, hyperparameters, examples, threads },
      files: namesOf(files),
      runName: modelIdOf(work, start),
    });
    return { config, start, hyperparameters };
  };
  const examples = await validateAll(work, { files, config: configFor(1).config, start });
  watch.tell(validatedEvent());
  return configFor(examples);
}

/** @returns the number of examples to train on */
async function validateAll(
  { services, spec, context }: Work,
  {
    files,
    config,
    start,
  }: { readonly files: readonly JobFile[]; readonly config: TrainConfig; readonly start: StartingModel },
): Promise<number> {
  const counts: number[] = [];
  for (const file of files) {
    throwIfStopped(context.signal);
    const minimum = file.param === 'training_file' ? spec.minimumExamples : 1;
    try {
      counts.push(await validateFile(file, { config, model: start.directory, minimum }));
      await say(services, file.id, 'processed');
    } catch (error) {
      if (error instanceof JobFault) await say(services, file.id, 'error', error.message);
      throw error;
    }
  }
  return counts[0] ?? 0;
}

/** A file may have been deleted since it was fetched. */
async function say(
  { stores }: FineTuneServices,
  id: string,
  status: 'processed' | 'error',
  details?: string,
): Promise<void> {
  await stores.files.setStatus(id, status, details).catch(() => undefined);
}

async function train(work: Work, { config, start, hyperparameters }: Prepared): Promise<FineTuneResult> {
  const { context, services, paths, watch, spec, mirrors } = work;
  const { job, signal, directory } = context;
  const model = modelIdOf(work, start);
  const publisher = new ModelPublisher({ services, context, job, start });
  const mirror = mirrors
    ? new CheckpointMirror(services.stores.jobStore, { jobId: job.id, paths })
    : undefined;
  await mirror?.restore();
  watch.takeLogged(await readMetrics(join(paths.run, 'metrics.jsonl')));
  watch.tell(startedEvent());
  watch.set({
    phase: 'preparing',
    message: 'Preparing',
    totalEpochs: hyperparameters.epochs,
    hyperparameters,
  });
  const record = await placeOrNone(work, model);
  const run = await runTraining(record === undefined ? { ...config, tracking: null } : config, {
    resume: true,
    signal,
    source: `fine-tuning job ${job.id}`,
    ...(record && { record }),
    onEvent: watch.onEvent,
    onCheckpoint: checkpointKeeper({ jobId: job.id, model, paths, watch, publisher, mirror }),
  });
  watch.set({ phase: 'publishing', message: 'Publishing the model', secondsLeft: 0 });
  await publisher.publish(run.final, { id: model, kind: 'tuned' });
  watch.tell(modelEvent(model));
  if (spec.registerAs !== null)
    await publisher.register(spec.registerAs, {
      directory: run.final,
      runId: runIdOf(job.id),
      record: run.record,
    });
  await context.confirm();
  const resultFile = await keepResultFile(services.stores.files, { owner: job.owner, jobId: job.id, paths });
  watch.tell(completedEvent());
  return resultOf(run, { model, hyperparameters, resultFile, watch, directory, jobId: job.id });
}

function resultOf(
  { tokens, record }: RunSummary & Pick<TrainingRun, 'record'>,
  known: {
    readonly model: string;
    readonly hyperparameters: ResolvedHyperparameters;
    readonly resultFile: string;
    readonly watch: JobWatch;
    readonly directory: string;
    readonly jobId: string;
  },
): FineTuneResult {
  const { model, hyperparameters, resultFile, watch, directory, jobId } = known;
  return {
    ...{ model, hyperparameters, directory, trainedTokens: tokens },
    resultFiles: [resultFile],
    checkpoints: watch.progress.checkpoints,
    runId: record === null ? null : runIdOf(jobId),
  };
}

/** A record that cannot be begun costs a warning, not the training. */
async function placeOrNone(
  { services, context, recordedIn, watch }: Work,
  name: string,
): Promise<RecordPlace | undefined> {
  try {
    return await recordPlace({ services, job: context.job, description: recordedIn, name });
  } catch (error) {
    watch.tell(warning(`The training is not recorded: ${error instanceof Error ? error.message : error}`));
    return undefined;
  }
}

function modelIdOf({ context, spec }: Work, { base }: StartingModel): string {
  const { id: jobId, owner } = context.job;
  return tunedModelId({ base, owner, suffix: spec.suffix, jobId });
}

function namesOf(files: readonly JobFile[]): { readonly train: string; readonly eval?: string } {
  const [train, held] = files;
  return { train: basename(train?.path ?? ''), ...(held !== undefined && { eval: basename(held.path) }) };
}

/** The last step of which the job has told: the newest event with one is among the last few. */
async function lastToldStep({ stores }: FineTuneServices, jobId: string): Promise<number> {
  const { events } = await stores.jobs.events(jobId, { order: 'desc', limit: 50 });
  for (const { type, data } of events)
    if (type === 'metrics' && typeof data === 'object' && data !== null && 'step' in data)
      return Number(data.step);
  return 0;
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError('Stopped before training began');
}
