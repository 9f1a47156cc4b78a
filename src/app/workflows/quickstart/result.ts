// What the quickstart finds out, for the terminal, for scripts and for the report.
import { resolve } from 'node:path';
import type { PreviewSide } from '../../../data/index.ts';
import type { MetricsRow, RunSummary, TrainConfig } from '../../../training/index.ts';
import type { Machine } from './machine.ts';
import type { QuickstartSize } from './settings.ts';

/** The three models: untrained, after SFT, after DPO. */
export type ModelName = 'base' | 'sft' | 'dpo';

/** One model on the held-out data. */
export type ModelResult = {
  /** Mean negative log-likelihood per token of the helpful answers, nats. */
  readonly evalLoss: number;
  /** The same of the curt answers. */
  readonly curtLoss: number;
  /** Share of the pairs whose helpful answer has strictly the higher reward; 0 for `sft`, whose rewards are all zero. */
  readonly rewardAccuracy: number;
  /** Mean reward of the helpful minus that of the curt answer. */
  readonly rewardMargin: number;
  /** How many of `counted` sampled answers are helpful. */
  readonly helpful: number;
  /** Sampled answers to the questions that are shown. */
  readonly answers: readonly string[];
};

export type QuickstartResult = {
  readonly seconds: number;
  readonly parameters: number;
  readonly models: Readonly<Record<ModelName, ModelResult>>;
  /** Held-out questions, as many as each model has `answers`. */
  readonly questions: readonly string[];
  /** Sampled answers behind `helpful`. */
  readonly counted: number;
  readonly directory: string;
  /** Hugging Face directory of the DPO model. */
  readonly model: string;
  /** The HTML report. */
  readonly report: string;
  /** Configuration files of the two runs, to train from again. */
  readonly configs: { readonly sft: string; readonly dpo: string };
};

/** What only the report tells. */
export type ReportFacts = {
  readonly size: QuickstartSize;
  readonly seed: number;
  readonly configs: { readonly sft: TrainConfig; readonly dpo: TrainConfig };
  readonly runs: { readonly sft: RunSummary; readonly dpo: RunSummary };
  readonly metrics: { readonly sft: readonly MetricsRow[]; readonly dpo: readonly MetricsRow[] };
  /** Training rows as the model sees them. */
  readonly samples: { readonly sft: readonly PreviewSide[][]; readonly preference: readonly PreviewSide[][] };
  readonly machine: Machine;
};

/** The line of JSON that scripts read: these keys and no others. */
export type QuickstartJson = {
  readonly seconds: number;
  readonly parameters: number;
  readonly evalLoss: Readonly<Record<ModelName, number>>;
  readonly rewardAccuracy: Readonly<Record<ModelName, number>>;
  readonly rewardMargin: Readonly<Record<ModelName, number>>;
  /** Absolute paths, whatever directory the script is in. */
  readonly model: string;
  readonly report: string;
};

export function quickstartJson({
  seconds,
  parameters,
  models,
  model,
  report,
}: QuickstartResult): QuickstartJson {
  const byModel = (key: 'evalLoss' | 'rewardAccuracy' | 'rewardMargin') => ({
    base: models.base[key],
    sft: models.sft[key],
    dpo: models.dpo[key],
  });
  return {
    seconds,
    parameters,
    evalLoss: byModel('evalLoss'),
    rewardAccuracy: byModel('rewardAccuracy'),
    rewardMargin: byModel('rewardMargin'),
    model: resolve(model),
    report: resolve(report),
  };
}
