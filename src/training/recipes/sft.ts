// Supervised fine-tuning, from files to a saved model.
import { packSequences } from '../../data/index.ts';
import type { Encoded } from '../../text/index.ts';
import type { TrainConfig } from '../config.ts';
import type { TokenRows } from '../objectives/rows.ts';
import { type SequenceRow, sequenceRows } from '../objectives/sequence-rows.ts';
import { type SftBatch, sftObjective, tokenMeanWeights } from '../objectives/sft.ts';
import type { RunControl, RunSummary } from '../run/events.ts';
import { type MicroBatch, runLoop } from '../run/loop.ts';
import { inRunDirectory, type RunDirectory } from '../run/run-directory.ts';
import { ForwardRunner, StepRunner } from '../step/trainer-step.ts';
import { describeOrigins, planSteps, split } from './batches.ts';
import { encodeSequences, type Prepared, type PreparedData, readData } from './data.ts';
import { sampleTables } from './samples.ts';
import { checkTrainConfig, identityOf, loopOptions, maxLengthOf, optimizerOf } from './settings.ts';
import { type StartingPoint, startingPoint } from './starting-point.ts';
import { openTrainee, type Trainee } from './trainee.ts';

/**
 * Trains a model to write the completions of the data.
 * Loss: the mean negative log-likelihood over all trained tokens of an effective batch, however it is divided; or, with
 * `reduction` example-sum, the mean over its examples of the sum over their tokens.
 */
export async function trainSft(config: TrainConfig, control: RunControl = {}): Promise<RunSummary> {
  checkTrainConfig(config);
  const raw = await readData(config, 'sft', control);
  const start = await startingPoint(config, raw.train);
  const maxLength = maxLengthOf(config, start.model);
  const data = await encodeSequences(raw, { config, tokenizer: start.tokenizer, maxLength, control });
  const identity = identityOf(config, { data: data.fingerprint, weights: start.weights });
  return inRunDirectory(config.output, { identity, resume: control.resume ?? false }, (directory) =>
    runIn({ config, control, start, data, maxLength, directory }),
  );
}

type RunIn = {
  readonly config: TrainConfig;
  readonly control: RunControl;
  readonly start: StartingPoint;
  readonly data: PreparedData<Encoded>;
  readonly maxLength: number;
  readonly directory: RunDirectory;
};

async function runIn({ config, control, start, data, maxLength, directory }: RunIn): Promise<RunSummary> {
  const train = config.packing ? packed(data.train, maxLength) : data.train;
  const trainee = await openTrainee(config, start);
  const { model, store } = trainee;
  const session = { threads: config.threads };
  const build = { metrics: true, recompute: config.recompute, session };
  const runner = await StepRunner.create(model, sftObjective, {
    ...build,
    store,
    optimizer: optimizerOf(config),
    ...(trainee.wrapForTraining && { wrap: trainee.wrapForTraining }),
  });
  const evaluator = new ForwardRunner(model, sftObjective, {
    ...build,
    recompute: false,
    parameters: store.tensors,
    ...(trainee.wrapForEvaluation && { wrap: trainee.wrapForEvaluation }),
  });
  const plan = planSteps(
    train.map(({ value }) => value.ids.length),
    config,
  );
  const padId = trainee.tokenizer.padTokenId ?? 0;
  const { reduction } = config;
  const held = data.eval.map(({ value }) => value);
  const samples = sampleTables({ config, start, trainee, held, maxLength, directory: directory.path });
  try {
    return await runLoop({
      directory,
      control,
      options: loopOptions(config, plan.stepsPerEpoch),
      task: {
        runner,
        store,
        parameterCount: countParameters(trainee),
        stepsPerEpoch: plan.stepsPerEpoch,
        examplesAfter: plan.examplesAfter,
        samples,
        microBatches: (step) =>
          sftStep(
            plan.at(step).map((indices) => indices.map((i) => train[i] as Prepared<SequenceRow>)),
            { step, padId, trainee, reduction },
          ),
        evaluate:
          held.length === 0
            ? undefined
            : () =>
                evaluateSft(evaluator, held, {
                  padId,
                  reduction,
                  batchSize: config.eval_batch_size ?? config.batch_size,
                }),
        saveModel: trainee.save,
      },
    });
  } finally {
    await samples?.close();
    await runner.close();
    await evaluator.close();
  }
}

/**
 * The micro-batches of one step. Their token weights make the step's loss the mean over all its trained tokens, or over its
 * examples, of each the sum.
 */
function sftStep(
  batches: readonly (readonly Prepared<SequenceRow>[])[],
  { step, padId, trainee, reduction }: SftStep,
): MicroBatch<SftBatch>[] {
  const laidOut = batches.map((examples) =>
    sequenceRows(
      examples.map(({ value }) => value),
      { padId },
    ),
  );
  const totalTokens = laidOut.reduce((sum, { labels }) => sum + labels.length, 0);
  const totalExamples = batches.reduce((sum, { length }) => sum + length, 0);
  const total = reduction === 'example-sum' ? totalExamples : totalTokens;
  return laidOut.map((rows, microBatch) => {
    const examples = batches[microBatch] as readonly Prepared<SequenceRow>[];
    return {
      batch: { rows, tokenWeights: tokenMeanWeights(rows.labels.length, total) },
      tokens: examples.reduce((sum, { value }) => sum + value.ids.length, 0),
      examples: examples.length,
      extra: trainee.dropout({ step, microBatch, rows: rows.rows * rows.length }),
      describe: () => describeOrigins(examples.flatMap(({ origins }) => origins)),
    };
  });
}

type SftStep = Pick<TrainConfig, 'reduction'> & {
  readonly step: number;
  readonly padId: number;
  readonly trainee: Trainee;
};

/** How held-out data is evaluated. */
export type EvaluateOptions = {
  readonly batchSize: number;
  /** Hears of the progress, and stops the evaluation. */
  readonly control?: RunControl;
};

/** Says how far an evaluation is, and ends it when asked to. */
export function reportEvaluation(control: RunControl | undefined, done: number, total: number): void {
  control?.signal?.throwIfAborted();
  control?.onEvent?.({ type: 'prepare', what: 'Evaluating', done, total });
}

/**
 * Loss, entropy and accuracy as means over all trained tokens of the held-out data, and the perplexity.
 * @param options with `reduction` 'example-sum' the loss is the sum over the tokens of an example, its mean over examples
 */
export async function evaluateSft(
  runner: ForwardRunner<SftBatch>,
  sequences: readonly SequenceRow[],
  {
    padId,
    batchSize,
    control,
    reduction = 'token-mean',
  }: EvaluateOptions & { readonly padId: number; readonly reduction?: TrainConfig['reduction'] },
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  let tokens = 0;
  let done = 0;
  for (const part of split(sequences, batchSize)) {
    const rows: TokenRows = sequenceRows(part, { padId });
    const count = rows.labels.length;
    const { loss, metrics } = await runner.run({ rows, tokenWeights: tokenMeanWeights(count, count) });
    tokens += count;
    sums.loss = (sums.loss ?? 0) + loss * count;
    for (const [name, [value]] of Object.entries(metrics))
      sums[name] = (sums[name] ?? 0) + (value as number) * count;
    done += part.length;
    reportEvaluation(control, done, sequences.length);
  }
  const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / tokens]));
  const perplexity = Math.exp(means.loss ?? Number.NaN);
  if (reduction === 'example-sum') means.loss = (sums.loss ?? Number.NaN) / sequences.length;
  return { ...means, perplexity };
}

/** Short examples put together in rows. */
function packed(examples: readonly Prepared<Encoded>[], length: number): Prepared<SequenceRow>[] {
  const rows = packSequences(
    examples.map(({ value }) => value),
    { length },
  );
  return rows.map((value) => ({ value, origins: value.sources.flatMap((i) => examples[i]?.origins ?? []) }));
}

export function countParameters({ model }: Pick<Trainee, 'model'>): number {
  return model.parameters.reduce((sum, { shape }) => sum + shape.reduce((size, dim) => size * dim, 1), 0);
}
