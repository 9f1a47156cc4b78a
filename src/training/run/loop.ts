// The training loop that every recipe runs: steps, evaluation, checkpoints, early stopping, resuming, interruption.
import { readFile } from 'node:fs/promises';
import { InterruptedError, NumericError, writeFileAtomic } from '../../core/index.ts';
import { type HostTensors, type ScheduleName, scheduleMultiplier } from '../../engine/index.ts';
import type { TrainConfig } from '../config.ts';
import type { ParameterStore } from '../step/parameter-store.ts';
import type { BatchResult, StepRunner } from '../step/trainer-step.ts';
import {
  checkpointDirectory,
  checkpointModel,
  type Progress,
  pruneCheckpoints,
  restoreNewest,
  saveCheckpoint,
} from './checkpoint.ts';
import { Clock } from './clock.ts';
import { evaluationIn, evaluationRow } from './evaluation-rows.ts';
import type { RunControl, RunSummary, SavedCheckpoint } from './events.ts';
import { MetricsLog, type MetricsRow, readMetrics } from './metrics-log.ts';
import { referenceNames } from './reference-names.ts';
import type { RunDirectory } from './run-directory.ts';
import type { SampleTables } from './sample-tables.ts';

/** A micro-batch, the tokens in it, and what to call its examples in an error. */
export type MicroBatch<Batch> = {
  readonly batch: Batch;
  readonly tokens: number;
  /** Examples in it, or rows packed of them. */
  readonly examples: number;
  readonly extra: HostTensors;
  readonly describe: () => string;
};

/** What a recipe gives the loop. */
export type TrainingTask<Batch> = {
  readonly runner: StepRunner<Batch>;
  readonly store: ParameterStore;
  /** Parameters of the whole model, trained or not. */
  readonly parameterCount: number;
  readonly stepsPerEpoch: number;
  /** The micro-batches of an optimiser step, which counts from 0 over the whole run. */
  microBatches(step: number): readonly MicroBatch<Batch>[];
  /** Metrics over the held-out data, `loss` among them; undefined when there is none. */
  readonly evaluate: (() => Promise<Readonly<Record<string, number>>>) | undefined;
  /** Examples that were trained on after so many steps. */
  examplesAfter(steps: number): number;
  /** Texts written at each evaluation. */
  readonly samples: SampleTables | undefined;
  saveModel(directory: string, dtype: 'F32' | 'F16' | 'BF16'): Promise<void>;
};

/** Settings of the loop; steps count optimiser steps. */
export type LoopOptions = {
  readonly totalSteps: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly warmupSteps: number;
  readonly warmupStart: 'zero' | 'above-zero';
  readonly weightDecay: number;
  readonly maxGradNorm: number | undefined;
  readonly evalEvery: number;
  readonly evalAtStart: boolean;
  /** Undefined: never. */
  readonly checkpointEvery: number | undefined;
  readonly keepCheckpoints: number;
  /** Evaluations without a better loss after which the run ends. */
  readonly patience: number | undefined;
  readonly saveDtype: 'F32' | 'F16' | 'BF16';
  /** Seconds between two steps that are logged. */
  readonly logInterval: number;
  /** What the metrics are of where they have the reference DPO trainer's names, too; undefined where they have not. */
  readonly referenceNames: Pick<TrainConfig, 'recipe' | 'reduction'> | undefined;
};

type Loop<Batch> = {
  readonly directory: RunDirectory;
  readonly task: TrainingTask<Batch>;
  readonly options: LoopOptions;
  readonly control: RunControl;
};

/**
 * Trains from the newest checkpoint, or from the start, to the end; leaves `final/`, `metrics.jsonl` and `summary.json`.
 * @throws InterruptedError after `control.signal`, with a checkpoint saved; NumericError for a loss or gradient that is not finite
 */
export async function runLoop<Batch>(loop: Loop<Batch>): Promise<RunSummary> {
  const { directory, task, options, control } = loop;
  const { store, runner } = task;
  const restored = await restoreNewest(directory.checkpoints, { store, slots: runner.slots });
  let progress: Progress = restored ?? { step: 0, tokens: 0, best: null, sinceBest: 0 };
  const started = performance.now();
  control.onEvent?.({
    type: 'start',
    totalSteps: options.totalSteps,
    fromStep: progress.step,
    trained: store.trained.length,
    parameters: task.parameterCount,
    fingerprint: directory.fingerprint,
    dataFingerprint: directory.identity.data,
  });
  const log = await MetricsLog.open(directory.metrics, progress.step);
  await task.samples?.keepThrough(task.examplesAfter(progress.step));
  const clock = new Clock(options.totalSteps - progress.step);
  const evalBefore = await evaluatedBefore(loop, progress);
  if (progress.step === 0 && evalBefore !== null && options.referenceNames !== undefined)
    log.append({ step: 0, ...referenceNames(evalBefore, 'eval', options.referenceNames) });
  // Whoever was cut off while it looked at this checkpoint looks again
  if (restored !== undefined) await control.onCheckpoint?.(savedCheckpoint(directory, restored.step));
  const rows = await readMetrics(directory.metrics);
  let last: MetricsRow = rows.at(-1) ?? { step: progress.step };
  let lastEvaluation = evaluationIn(rows) ?? evalBefore;
  let stoppedEarly = hasNoMorePatience(options, progress);
  let logged = Number.NEGATIVE_INFINITY;
  try {
    while (progress.step < options.totalSteps && !stoppedEarly) {
      const taken = await takeStep(loop, progress, clock);
      progress = taken.progress;
      let row = taken.row;
      const evaluates =
        task.evaluate !== undefined && isDue(progress.step, options.evalEvery, options.totalSteps);
      if (evaluates) {
        lastEvaluation = await evaluated(loop, progress, task.evaluate);
        progress = judged(progress, lastEvaluation);
        row = { ...row, ...evaluationRow(lastEvaluation, options.referenceNames) };
        stoppedEarly = hasNoMorePatience(options, progress);
      }
      last = row;
      const isLast = progress.step === options.totalSteps || stoppedEarly || control.signal?.aborted === true;
      if (evaluates || isLast || performance.now() - logged >= options.logInterval * 1000) {
        logged = performance.now();
        log.append(row);
        const secondsLeft = clock.secondsLeft();
        control.onEvent?.({ type: 'step', row, totalSteps: options.totalSteps, secondsLeft });
      }
      const interrupted = control.signal?.aborted === true;
      const isBest = progress.best?.step === progress.step;
      const { checkpointEvery: every } = options;
      if (every !== undefined && (interrupted || isBest || isDue(progress.step, every, options.totalSteps))) {
        log.flush();
        await checkpoint(loop, progress);
      }
      if (interrupted && progress.step < options.totalSteps) {
        const remedy =
          every === undefined ? 'nothing was kept, for checkpoint_every is never' : 'add --resume to go on';
        throw new InterruptedError(`Stopped after step ${progress.step} of ${options.totalSteps}; ${remedy}`);
      }
    }
  } finally {
    log.close();
  }
  await task.saveModel(directory.final, options.saveDtype);
  const summary: RunSummary = {
    steps: progress.step,
    seconds: (performance.now() - started) / 1000,
    tokens: progress.tokens,
    parameters: task.parameterCount,
    trained: store.trained.length,
    stoppedEarly,
    train: last,
    evalBefore,
    evalAfter: lastEvaluation,
    best: progress.best,
    final: directory.final,
  };
  await writeFileAtomic(directory.summary, `${JSON.stringify(summary, null, 2)}\n`);
  control.onEvent?.({ type: 'end', summary });
  return summary;
}

function hasNoMorePatience({ patience }: LoopOptions, { sinceBest }: Progress): boolean {
  return patience !== undefined && sinceBest >= patience;
}

/** Evaluation of the starting point; a resumed run has it from its first start. */
async function evaluatedBefore<Batch>(
  loop: Loop<Batch>,
  progress: Progress,
): Promise<Readonly<Record<string, number>> | null> {
  const { directory, task, options } = loop;
  if (task.evaluate === undefined || !options.evalAtStart) return null;
  if (progress.step > 0)
    return JSON.parse(await readFile(directory.evalBefore, 'utf8')) as Record<string, number>;
  const metrics = await evaluated(loop, progress, task.evaluate);
  await writeFileAtomic(directory.evalBefore, `${JSON.stringify(metrics)}\n`);
  return metrics;
}

/** An evaluation with its samples, told to whoever watches. */
async function evaluated<Batch>(
  { task, control }: Loop<Batch>,
  { step }: Progress,
  evaluate: () => Promise<Readonly<Record<string, number>>>,
): Promise<Readonly<Record<string, number>>> {
  const metrics = await evaluate();
  control.onEvent?.({ type: 'evaluation', step, metrics });
  await task.samples?.write(task.examplesAfter(step));
  return metrics;
}

async function takeStep<Batch>(
  { task, options }: Loop<Batch>,
  progress: Progress,
  clock: Clock,
): Promise<{ readonly progress: Progress; readonly row: MetricsRow }> {
  const microBatches = task.microBatches(progress.step);
  const step = progress.step + 1;
  const results: BatchResult[] = [];
  const start = performance.now();
  for (const { batch, extra, describe } of microBatches) {
    const result = await task.runner.accumulate(batch, extra);
    if (!Number.isFinite(result.loss)) throw notFinite(`Loss is ${result.loss}`, step, describe());
    results.push(result);
  }
  const learningRate = options.learningRate * scheduleMultiplier(options.schedule, progress.step, options);
  const { weightDecay, maxGradNorm } = options;
  const gradNorm = await task.runner.update({ step, learningRate, weightDecay, maxGradNorm });
  if (!Number.isFinite(gradNorm)) {
    throw notFinite(
      `Gradient norm is ${gradNorm}`,
      step,
      microBatches.map(({ describe }) => describe()).join('; '),
    );
  }
  const tokens = microBatches.reduce((sum, batch) => sum + batch.tokens, 0);
  const seconds = (performance.now() - start) / 1000;
  clock.tick(seconds);
  const row: MetricsRow = {
    step,
    epoch: step / task.stepsPerEpoch,
    loss: results.reduce((sum, { loss }) => sum + loss, 0),
    learning_rate: learningRate,
    grad_norm: gradNorm,
    tokens_per_second: tokens / seconds,
    num_tokens: progress.tokens + tokens,
    ...meanMetrics(results),
  };
  const named = referenceRow(row, { task, options }, { microBatches, seconds });
  return { row: { ...row, ...named }, progress: { ...progress, step, tokens: progress.tokens + tokens } };
}

/** What the reference DPO trainer logs of a step. */
function referenceRow<Batch>(
  row: MetricsRow,
  { task, options }: Pick<Loop<Batch>, 'task' | 'options'>,
  taken: { readonly microBatches: readonly MicroBatch<Batch>[]; readonly seconds: number },
): Record<string, number> {
  if (options.referenceNames === undefined) return {};
  const examples = taken.microBatches.reduce((sum, batch) => sum + batch.examples, 0);
  return {
    ...referenceNames(row, 'train', options.referenceNames),
    examples_per_second: examples / taken.seconds,
    'counters/examples': task.examplesAfter(row.step),
    'counters/updates': row.step,
  };
}

function notFinite(what: string, step: number, examples: string): NumericError {
  return new NumericError(
    `${what} at step ${step}; the batch holds ${examples}. Look at these rows, lower learning_rate, or set max_grad_norm; ` +
      'the last checkpoint is untouched',
  );
}

/** Metrics as TRL reports them: the plain mean over micro-batches. */
export function meanMetrics(results: readonly BatchResult[]): Record<string, number> {
  const means: Record<string, number> = {};
  for (const { metrics } of results) {
    for (const [name, values] of Object.entries(metrics)) {
      means[name] = (means[name] ?? 0) + (values[0] as number) / results.length;
    }
  }
  return means;
}

/** True at every `every`-th step and at the last. */
function isDue(step: number, every: number, totalSteps: number): boolean {
  return step % every === 0 || step === totalSteps;
}

function judged(progress: Progress, { loss }: Readonly<Record<string, number>>): Progress {
  if (loss === undefined || loss >= (progress.best?.loss ?? Number.POSITIVE_INFINITY)) {
    return { ...progress, sinceBest: progress.sinceBest + 1 };
  }
  return { ...progress, best: { step: progress.step, loss }, sinceBest: 0 };
}

async function checkpoint<Batch>(
  { directory, task, options, control }: Loop<Batch>,
  progress: Progress,
): Promise<void> {
  const { store, runner } = task;
  const saveModel = (path: string) => task.saveModel(path, 'F32');
  await saveCheckpoint(directory.checkpoints, progress, { store, slots: runner.slots, saveModel });
  await pruneCheckpoints(directory.checkpoints, options.keepCheckpoints, progress.best?.step);
  const { step } = progress;
  control.onEvent?.({ type: 'checkpoint', step });
  await control.onCheckpoint?.(savedCheckpoint(directory, step));
}

function savedCheckpoint({ checkpoints }: RunDirectory, step: number): SavedCheckpoint {
  return {
    step,
    directory: checkpointDirectory(checkpoints, step),
    model: checkpointModel(checkpoints, step),
  };
}

/** The model directory of the best checkpoint. */
export function bestModel(directory: RunDirectory, summary: Pick<RunSummary, 'best'>): string | undefined {
  return summary.best === null ? undefined : checkpointModel(directory.checkpoints, summary.best.step);
}
