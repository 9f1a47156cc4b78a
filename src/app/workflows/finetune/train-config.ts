// The training configuration of a job: what its specification says, and what follows from it.
import { InputErrors } from '../../../core/index.ts';
import { checkTrainConfig, type TrainConfig, trainSchema } from '../../../training/index.ts';
import { validateConfig } from '../../../workspace/index.ts';
import { baseLearningRate, inParts, stepsBetweenCheckpoints } from './hyperparameters.ts';
import { pathsInConfig } from './job-directory.ts';
import { fineTuningExperiment } from './record-place.ts';
import type { FineTuneSpec, ResolvedHyperparameters } from './spec.ts';
import type { StartingModel } from './starting-model.ts';

type Tree = { readonly [key: string]: unknown };

/** All that a configuration follows from. */
export type ConfigSource = {
  readonly spec: FineTuneSpec;
  readonly start: Pick<StartingModel, 'base' | 'lora'>;
  readonly hyperparameters: ResolvedHyperparameters;
  /** Names of the files in the job's directory for them. */
  readonly files: { readonly train: string; readonly eval?: string };
  /** Examples to train on. */
  readonly examples: number;
  readonly threads: number;
  /** Of the run, in tracking. */
  readonly runName: string;
};

/** Keys that the job itself decides: paths of this machine, and what the specification says elsewhere. */
const ownKeys: readonly string[] = [
  'recipe',
  'model',
  'tokenizer',
  'adapter',
  'output',
  'seed',
  'threads',
  'tracking',
  'data.train',
  'data.eval',
  'dpo.reference',
];

/** Refuses overrides that are not the caller's to give, or that make no configuration. @throws InputErrors */
export function checkOverrides(spec: FineTuneSpec): void {
  const taken = ownKeys.filter((key) => isGiven(spec.overrides, key.split('.')));
  if (taken.length > 0)
    throw new InputErrors(
      'Cannot use the overrides of a fine-tuning job',
      taken.map((key) => `'${key}' is decided by the job; leave it out`),
    );
  fineTuneConfig({
    spec,
    start: { base: 'base', lora: undefined },
    hyperparameters: { epochs: 1, batchSize: 1, learningRateMultiplier: 1 },
    files: { train: 'train', ...(spec.validationFile !== null && { eval: 'eval' }) },
    ...{ examples: 1, threads: 0, runName: 'run' },
  });
}

/** @throws InputErrors for overrides that do not fit the rest */
export function fineTuneConfig({
  spec,
  start,
  hyperparameters,
  files,
  examples,
  threads,
  runName,
}: ConfigSource): TrainConfig {
  const { epochs, batchSize, learningRateMultiplier, beta } = hyperparameters;
  const { overrides } = spec;
  const derived: Tree = {
    recipe: spec.method === 'dpo' ? 'dpo' : 'sft',
    model: start.base,
    ...(start.lora !== undefined && { adapter: pathsInConfig.adapter }),
    output: pathsInConfig.run,
    seed: spec.seed,
    data: {
      train: `${pathsInConfig.files}/${files.train}`,
      ...(files.eval !== undefined && { eval: `${pathsInConfig.files}/${files.eval}` }),
    },
    epochs,
    ...inParts(batchSize),
    lora: start.lora ?? {},
    ...(spec.method === 'dpo' && { dpo: beta === undefined ? {} : { beta } }),
    checkpoint_every: stepsBetweenCheckpoints(examples, batchSize),
    // Those that can be used as models are in the catalogue
    keep_checkpoints: 1,
    threads,
    tracking: { experiment: fineTuningExperiment, run_name: runName },
  };
  const values = overlaid(derived, overrides);
  const config = validateConfig(trainSchema, {
    values,
    missing: [],
    file: undefined,
    placeOf: () => undefined,
  });
  checkTrainConfig(config);
  if (overrides.learning_rate !== undefined) return config;
  return { ...config, learning_rate: baseLearningRate(config) * learningRateMultiplier };
}

/** The overrides go before; objects are joined member by member. */
function overlaid(below: Tree, above: Tree): Tree {
  const joined = Object.entries(above).map(([key, value]) => {
    const under = below[key];
    return [key, isTree(value) && isTree(under) ? overlaid(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(joined) };
}

function isGiven(tree: unknown, [key = '', ...rest]: readonly string[]): boolean {
  if (!isTree(tree) || tree[key] === undefined) return false;
  return rest.length === 0 || isGiven(tree[key], rest);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
