// The quickstart: toy data, an untrained model, SFT, DPO, and what each step changed.
import { join, resolve } from 'node:path';
import { InterruptedError, writeFileAtomic } from '../../../core/index.ts';
import { loadExamples, toyPreferences, writeToyData } from '../../../data/index.ts';
import { loadModel } from '../../../models/index.ts';
import { Tokenizer } from '../../../text/index.ts';
import { type EncodedPair, type RunEvent, readMetrics } from '../../../training/index.ts';
import { runTraining } from '../train/index.ts';
import { answerQuestions, differentQuestions, isHelpful } from './answers.ts';
import { writeBaseModel } from './base-model.ts';
import { encodePairs, sampleRows } from './held-out.ts';
import { describeMachine } from './machine.ts';
import { type AnswerScores, rewardsOf, scoreAnswers } from './measure.ts';
import { type QuickstartDirectory, takeDirectory } from './output-directory.ts';
import { quickstartReport } from './report.ts';
import type { ModelName, ModelResult, QuickstartResult, ReportFacts } from './result.ts';
import { beta, dpoConfig, quickstartSize, type StageOptions, sftConfig } from './settings.ts';

/** What the quickstart is told. */
export type QuickstartOptions = {
  /** Directory for everything it writes. @default runs/quickstart */
  readonly output?: string;
  /** @default 0 */
  readonly seed?: number;
  /** `small`, or `tiny`, which shows in seconds that everything works. @default small */
  readonly size?: string;
};

/** What the quickstart tells while it works. */
export type QuickstartEvent =
  | { readonly type: 'data'; readonly pairs: number; readonly heldOut: number; readonly directory: string }
  | { readonly type: 'training'; readonly stage: 'sft' | 'dpo'; readonly event: RunEvent }
  | { readonly type: 'measuring' };

export type QuickstartControl = {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: QuickstartEvent) => void;
};

/** Questions that all three models answer side by side. */
const shownQuestions = 5;
/** Questions of which the helpful answers are counted. */
const countedQuestions = 40;

/**
 * Trains a small model from nothing by SFT and then DPO, measures each step on held-out data and writes a report.
 * What an earlier quickstart left in the directory is replaced when this one is done, and stays when it fails.
 */
export async function runQuickstart(
  options: QuickstartOptions = {},
  control: QuickstartControl = {},
): Promise<QuickstartResult> {
  const directory = await takeDirectory(options.output ?? join('runs', 'quickstart'));
  try {
    return await fillDirectory(directory, options, control);
  } catch (error) {
    await directory.discard();
    if (control.signal?.aborted)
      throw new InterruptedError('The quickstart was stopped and left nothing behind; run it again', {
        cause: error,
      });
    throw error;
  }
}

async function fillDirectory(
  directory: QuickstartDirectory,
  options: QuickstartOptions,
  control: QuickstartControl,
): Promise<QuickstartResult> {
  const started = performance.now();
  const { path } = directory;
  const { seed = 0 } = options;
  const size = quickstartSize(options.size ?? 'small');
  const toy = { count: size.pairs, evalCount: size.heldOut, seed };
  const files = await writeToyData(join(path, 'data'), toy);
  const pairs = toyPreferences(toy);
  await writeBaseModel(join(path, 'base'), pairs.train, { size, seed });
  control.onEvent?.({ type: 'data', pairs: size.pairs, heldOut: size.heldOut, directory: path });

  const stage = (
    name: 'sft' | 'dpo',
    model: string,
  ): Pick<StageOptions, 'size' | 'seed' | 'model' | 'output'> => ({
    size,
    seed,
    model: join(path, model),
    output: join(path, name),
  });
  const watch = (name: 'sft' | 'dpo') => ({
    ...(control.signal && { signal: control.signal }),
    onEvent: (event: RunEvent) => control.onEvent?.({ type: 'training', stage: name, event }),
  });
  const configs = {
    sft: sftConfig({ ...stage('sft', 'base'), train: files.sftTrain, eval: files.sftEval }),
    dpo: dpoConfig({
      ...stage('dpo', 'sft/final'),
      train: files.preferenceTrain,
      eval: files.preferenceEval,
    }),
  };
  const sft = await runTraining(configs.sft, watch('sft'));
  const dpo = await runTraining(configs.dpo, watch('dpo'));

  control.onEvent?.({ type: 'measuring' });
  const directories = { base: join(path, 'base'), sft: sft.final, dpo: dpo.final };
  const tokenizer = await Tokenizer.fromDirectory(directories.base);
  const held = await loadExamples(files.preferenceEval, { purpose: 'preference' });
  const questions = differentQuestions(pairs.eval, { count: countedQuestions, seed });
  const shown = questions.slice(0, shownQuestions);
  const models = await measureAll(directories, {
    tokenizer,
    pairs: await encodePairs(tokenizer, held),
    signal: control.signal,
    answer: (loaded) => answerQuestions(loaded, tokenizer, { questions, seed }),
  });
  const seconds = (performance.now() - started) / 1000;
  const result: QuickstartResult = {
    seconds,
    parameters: sft.parameters,
    models,
    questions: shown.map(({ prompt }) => prompt.map(({ content }) => content).join('\n')),
    counted: questions.length,
    directory: path,
    model: dpo.final,
    report: join(path, 'report.html'),
    configs: { sft: sft.config, dpo: dpo.config },
  };
  const facts: ReportFacts = {
    size,
    seed,
    configs,
    runs: { sft, dpo },
    metrics: {
      sft: await readMetrics(join(path, 'sft', 'metrics.jsonl')),
      dpo: await readMetrics(join(path, 'dpo', 'metrics.jsonl')),
    },
    samples: await sampleRows(tokenizer, { sft: files.sftTrain, preference: files.preferenceTrain }),
    machine: describeMachine(),
  };
  await writeFileAtomic(result.report, quickstartReport(result, facts));
  await directory.keep({ model: resolve(result.model), report: resolve(result.report), seconds });
  return result;
}

type Measuring = {
  readonly tokenizer: Tokenizer;
  readonly pairs: readonly EncodedPair[];
  readonly signal: AbortSignal | undefined;
  readonly answer: (model: Awaited<ReturnType<typeof loadModel>>) => Promise<string[]>;
};

/** Each model's loss, rewards against the SFT model, and answers. */
async function measureAll(
  directories: Readonly<Record<ModelName, string>>,
  { tokenizer, pairs, signal, answer }: Measuring,
): Promise<Readonly<Record<ModelName, ModelResult>>> {
  const padId = tokenizer.padTokenId ?? 0;
  const pass = async (name: ModelName) => {
    signal?.throwIfAborted();
    const loaded = await loadModel(directories[name]);
    return { scores: await scoreAnswers(loaded, pairs, { padId }), answers: await answer(loaded) };
  };
  const passes = { base: await pass('base'), sft: await pass('sft'), dpo: await pass('dpo') };
  const describe = ({ scores, answers }: { scores: AnswerScores; answers: string[] }): ModelResult => {
    const { accuracy, margin } = rewardsOf(scores, passes.sft.scores, beta);
    return {
      evalLoss: scores.chosenLoss,
      curtLoss: scores.rejectedLoss,
      rewardAccuracy: accuracy,
      rewardMargin: margin,
      helpful: answers.filter(isHelpful).length,
      answers: answers.slice(0, shownQuestions),
    };
  };
  return { base: describe(passes.base), sft: describe(passes.sft), dpo: describe(passes.dpo) };
}
