// The parameters of a recorded run: its configuration, flat, and the names that others look for.
import { isNewModel } from '../../../../models/index.ts';
import type { TrainConfig } from '../../../../training/index.ts';

/** What the run's events tell beside the configuration. */
export type RunFacts = {
  readonly totalSteps: number;
  readonly parameters: number;
  readonly trained: number;
  /** Counts of examples, if they were told. */
  readonly data:
    | {
        readonly train: number;
        readonly eval: number;
        readonly maxLength: number;
        readonly cut: number;
        readonly dropped: number;
      }
    | undefined;
};

/** Parameters by name. Where a run lies and how it is recorded makes no difference to it and is left out. */
export function runParams(config: TrainConfig, facts: RunFacts): Record<string, string> {
  const { output: _, tracking: __, ...settings } = config;
  const { totalSteps, parameters, trained, data } = facts;
  return {
    ...flattened(settings),
    backbone: config.model,
    training_type: config.lora === null ? config.recipe : `${config.recipe}+lora`,
    ...(!isNewModel(config.model) && { source_checkpoint: config.model }),
    data_strategy: isHeldOut(config) ? 'train_val_split' : 'all_data',
    random_seed: String(config.seed),
    parameters: String(parameters),
    trained_parameters: String(trained),
    total_steps: String(totalSteps),
    ...(data && {
      train_examples: String(data.train),
      eval_examples: String(data.eval),
      max_length: String(data.maxLength),
      cut_examples: String(data.cut),
      dropped_examples: String(data.dropped),
    }),
  };
}

/** Whether a part of the data is kept for evaluation. */
export function isHeldOut({ data }: Pick<TrainConfig, 'data'>): boolean {
  return data.eval !== null || data.eval_fraction !== null;
}

/** Records whose keys are the user's; they stay in one piece. */
const whole: ReadonlySet<string> = new Set(['data.columns']);

function flattened(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, string][] => {
      const name = prefix + key;
      if (isRecord(member) && !whole.has(name)) return Object.entries(flattened(member, `${name}.`));
      return [[name, typeof member === 'string' ? member : JSON.stringify(member)]];
    }),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
