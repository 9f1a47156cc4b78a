// Direct preference optimisation and its family, from files to a saved model.
import { fingerprint, InputError, NumericError } from '../../core/index.ts';
import type { CausalModel } from '../../models/index.ts';
import { openModel } from '../../models/index.ts';
import { dpoDefaults, type TrainConfig } from '../config.ts';
import { checkPairLossOptions, pairLosses } from '../losses/index.ts';
import type { BuildOptions } from '../objectives/objective.ts';
import { type EncodedPair, type LayoutOptions, pairRows } from '../objectives/pair-rows.ts';
import {
  type AnswerLogProbs,
  answerLogProbs,
  type PairRows,
  type PreferenceBatch,
  type PreferenceOptions,
  preferenceObjective,
} from '../objectives/preference.ts';
import type { RunControl, RunSummary } from '../run/events.ts';
import { type MicroBatch, meanMetrics, runLoop } from '../run/loop.ts';
import { inRunDirectory, type RunDirectory } from '../run/run-directory.ts';
import { ParameterStore } from '../step/parameter-store.ts';
import { ForwardRunner, StepRunner, type StepRunnerOptions } from '../step/trainer-step.ts';
import { describeOrigins, planSteps, split } from './batches.ts';
import { encodePairs, type Prepared, type PreparedData, readData } from './data.ts';
import { referenceLogProbs } from './reference.ts';
import { sampleTables, type Writing } from './samples.ts';
import { checkTrainConfig, identityOf, loopOptions, maxLengthOf, optimizerOf } from './settings.ts';
import { countParameters, type EvaluateOptions, reportEvaluation } from './sft.ts';
import { type StartingPoint, startingPoint, weightsFingerprint } from './starting-point.ts';
import { openTrainee, type Trainee } from './trainee.ts';

/** A pair with the reference's log-probabilities of its answers. */
export type ReferencedPair = {
  readonly pair: EncodedPair;
  readonly chosen: number;
  readonly rejected: number;
};

/** How far the policy may be from the reference before the first step, in nats an answer: rounding, not more. */
const auditTolerance = 0.01;

/**
 * Trains a model to prefer the chosen answers of the data over the rejected ones.
 * Loss: the mean over the pairs of an effective batch.
 * @throws NumericError when the policy is not the reference at step 0, where it must be
 */
export async function trainDpo(config: TrainConfig, control: RunControl = {}): Promise<RunSummary> {
  checkTrainConfig(config);
  const preference = preferenceOptions(config);
  checkPairLossOptions(preference.loss, preference);
  const raw = await readData(config, 'preference', control);
  const start = await startingPoint(config, raw.train);
  const maxLength = maxLengthOf(config, start.model);
  const data = await encodePairs(raw, { config, tokenizer: start.tokenizer, maxLength, control });
  const referenceWeights = config.dpo?.reference
    ? await weightsFingerprint(config.dpo.reference)
    : start.weights;
  const identity = identityOf(config, {
    data: data.fingerprint,
    weights: start.weights,
    reference: referenceWeights,
  });
  return inRunDirectory(config.output, { identity, resume: control.resume ?? false }, (directory) =>
    runIn({ config, control, start, data, preference, referenceWeights, maxLength, directory }),
  );
}

type RunIn = {
  readonly config: TrainConfig;
  readonly control: RunControl;
  readonly start: StartingPoint;
  readonly data: PreparedData<EncodedPair>;
  readonly preference: PreferenceOptions;
  readonly referenceWeights: string;
  readonly maxLength: number;
  readonly directory: RunDirectory;
};

async function runIn(run: RunIn): Promise<RunSummary> {
  const { config, control, start, data, preference, referenceWeights, maxLength, directory } = run;
  const objective = preferenceObjective(preference);
  const trainee = await openTrainee(config, start);
  const { model, store } = trainee;
  const layout: LayoutOptions = { padId: trainee.tokenizer.padTokenId ?? 0 };
  const session = { threads: config.threads };
  const build = { metrics: true, recompute: config.recompute, session };
  const evaluation = {
    ...build,
    recompute: false,
    parameters: store.tensors,
    ...(trainee.wrapForEvaluation && { wrap: trainee.wrapForEvaluation }),
  };
  const batchSize = config.eval_batch_size ?? config.batch_size;
  const pairs = [...data.train, ...data.eval].map(({ value }) => value);
  const reference = await referenceLogProbs(pairs, () => referenceRunner(config, trainee, build), {
    layout,
    batchSize,
    heldFrom: data.train.length,
    control,
    // The batches too: another division rounds differently, and a resumed run must find what it began with
    fingerprint: fingerprint({ data: data.fingerprint, weights: referenceWeights, layout, batchSize }),
  });
  const referenced = pairs.map((pair, i) => ({
    pair,
    chosen: reference.chosen[i] as number,
    rejected: reference.rejected[i] as number,
  }));
  const train = data.train.map(({ origins }, i) => ({ origins, value: referenced[i] as ReferencedPair }));
  const held = referenced.slice(data.train.length);

  const runner = await StepRunner.create(model, objective, {
    ...build,
    store,
    optimizer: optimizerOf(config),
    ...(trainee.wrapForTraining && { wrap: trainee.wrapForTraining }),
  });
  const evaluator = new ForwardRunner(model, objective, evaluation);
  const plan = planSteps(
    train.map(({ value }) => value.pair.chosen.ids.length + value.pair.rejected.ids.length),
    config,
  );
  const microBatches = (step: number) =>
    dpoStep(
      plan.at(step).map((indices) => indices.map((i) => train[i] as Prepared<ReferencedPair>)),
      { step, layout, trainee },
    );
  const samples = sampleTables({
    config,
    start,
    trainee,
    maxLength,
    held: held.map(({ pair }) => pair.chosen),
    directory: directory.path,
    openReference: () => writingReference(config, start),
  });
  try {
    if (config.dpo?.reference == null)
      await auditStart(evaluator, microBatches(0)[0] as MicroBatch<PreferenceBatch>, preference);
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
        microBatches,
        evaluate: held.length === 0 ? undefined : () => evaluatePairs(evaluator, held, { layout, batchSize }),
        saveModel: trainee.save,
      },
    });
  } finally {
    await samples?.close();
    await runner.close();
    await evaluator.close();
  }
}

function preferenceOptions(config: TrainConfig): PreferenceOptions {
  const {
    loss,
    beta,
    label_smoothing: labelSmoothing,
    reference_free: referenceFree,
  } = config.dpo ?? dpoDefaults;
  return { loss, beta, labelSmoothing, referenceFree };
}

/** The reference's weights once more in memory: those in training are the policy's by now. */
async function writingReference(config: TrainConfig, start: StartingPoint): Promise<Writing> {
  const directory = config.dpo?.reference ?? null;
  if (directory !== null) return otherModel(directory, start.model);
  const store = new ParameterStore([], start.model.parameters);
  await start.fill((name) => store.values(name));
  return { model: start.model, parameters: store.tensors };
}

/** The reference as a forward pass: the model as it stands before training, with an adapter that is gone on from; or another model. */
async function referenceRunner(
  config: TrainConfig,
  { model, store, wrapForEvaluation }: Trainee,
  build: BuildOptions & Pick<StepRunnerOptions, 'session'>,
): Promise<{ runner: ForwardRunner<PairRows>; close: () => Promise<void> }> {
  const directory = config.dpo?.reference ?? null;
  const source =
    directory === null ? { model, parameters: store.tensors } : await otherModel(directory, model);
  const options = {
    ...build,
    metrics: false,
    recompute: false,
    parameters: source.parameters,
    // A new adapter changes nothing yet and is left out: without it the pass is faster
    ...(directory === null && config.adapter !== null && wrapForEvaluation && { wrap: wrapForEvaluation }),
  };
  const runner = new ForwardRunner(source.model, answerLogProbs, options);
  return { runner, close: () => runner.close() };
}

async function otherModel(directory: string, policy: CausalModel) {
  const opened = await openModel(directory);
  try {
    if (opened.model.vocabSize !== policy.vocabSize) {
      throw new InputError(
        `Cannot use '${directory}' as the reference: it has ${opened.model.vocabSize} tokens, the policy ${policy.vocabSize}; ` +
          'give a reference with the same tokenizer',
      );
    }
    const store = new ParameterStore([], opened.model.parameters);
    await opened.readParameters((name) => store.values(name));
    return { model: opened.model, parameters: store.tensors };
  } finally {
    await opened.close();
  }
}

/** The micro-batches of one step; every pair of the step weighs the same. */
function dpoStep(
  batches: readonly (readonly Prepared<ReferencedPair>[])[],
  {
    step,
    layout,
    trainee,
  }: { readonly step: number; readonly layout: LayoutOptions; readonly trainee: Trainee },
): MicroBatch<PreferenceBatch>[] {
  const total = batches.reduce((sum, examples) => sum + examples.length, 0);
  return batches.map((examples, microBatch) => {
    const batch = preferenceBatch(
      examples.map(({ value }) => value),
      { layout, pairWeight: 1 / total },
    );
    return {
      batch,
      tokens: examples.reduce(
        (sum, { value: { pair } }) => sum + pair.chosen.ids.length + pair.rejected.ids.length,
        0,
      ),
      examples: examples.length,
      extra: trainee.dropout({ step, microBatch, rows: batch.rows.rows * batch.rows.length }),
      describe: () => describeOrigins(examples.flatMap(({ origins }) => origins)),
    };
  });
}

function preferenceBatch(
  pairs: readonly ReferencedPair[],
  { layout, pairWeight }: { readonly layout: LayoutOptions; readonly pairWeight: number },
): PreferenceBatch {
  const reference: AnswerLogProbs = {
    chosen: Float32Array.from(pairs, ({ chosen }) => chosen),
    rejected: Float32Array.from(pairs, ({ rejected }) => rejected),
  };
  return {
    ...pairRows(
      pairs.map(({ pair }) => pair),
      layout,
    ),
    reference,
    pairWeight,
  };
}

/**
 * The step-0 audit: before training, the policy is the reference, so that rewards are zero and the loss is known
 * (ln 2 for the sigmoid loss). Anything else means that the two saw different ids, weights, dropout or precision.
 */
async function auditStart(
  runner: ForwardRunner<PreferenceBatch>,
  { batch }: MicroBatch<PreferenceBatch>,
  preference: PreferenceOptions,
): Promise<void> {
  const expected = pairLosses[preference.loss].lossAtReference?.(preference);
  if (expected === undefined) return;
  const { loss, metrics } = await runner.run({ ...batch, pairWeight: 1 / batch.pairs });
  const { 'rewards/chosen': chosen = 0, 'rewards/rejected': rejected = 0 } = meanMetrics([{ loss, metrics }]);
  const distance = Math.max(Math.abs(chosen), Math.abs(rejected)) / preference.beta;
  if (distance <= auditTolerance) return;
  throw new NumericError(
    `Step-0 audit failed: the policy differs from its reference by ${distance.toPrecision(3)} nats an answer, loss ${loss} ` +
      `where ${expected} is due; this is a fault of the reference cache or of Hone: remove the cache and report it`,
  );
}

/** Loss and TRL's metrics over the held-out pairs, as means over pairs. */
export async function evaluatePairs(
  runner: ForwardRunner<PreferenceBatch>,
  pairs: readonly ReferencedPair[],
  { layout, batchSize, control }: EvaluateOptions & { readonly layout: LayoutOptions },
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  let done = 0;
  for (const part of split(pairs, batchSize)) {
    const batch = preferenceBatch(part, { layout, pairWeight: 1 / part.length });
    const { loss, metrics } = await runner.run(batch);
    for (const [name, value] of Object.entries({ loss, ...meanMetrics([{ loss, metrics }]) })) {
      sums[name] = (sums[name] ?? 0) + value * part.length;
    }
    done += part.length;
    reportEvaluation(control, done, pairs.length);
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / pairs.length]));
}
