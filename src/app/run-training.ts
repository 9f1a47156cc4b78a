// The DPO service's one call that trains: settings in, a model's directory out.
import { InputError, InterruptedError } from '../core/index.ts';
import type { TrainingControl } from './workflows/train/index.ts';

/**
 * What {@link runTraining} takes, by these names or the service's own (`model_name`, `loss_config`, ...). Any other setting of the
 * reference trainer's configuration may stand beside them, in either spelling; nested objects are nested settings.
 */
export type RunTrainingRequest = {
  /** A model of the configuration's group: `zephyr`, `llama7b`, `blank_model_fp32` (with `model: { nameOrPath }`). */
  readonly modelName?: string;
  /** Of `hh`, `shp`, `se`, `novalto`. */
  readonly datasets?: readonly string[];
  /** `{ name: 'dpo', beta: 0.1 }` */
  readonly lossConfig?: Readonly<Record<string, unknown>>;
  readonly expName?: string;
  readonly kbId?: string | null;
  /** @default 'FSDPTrainer' */
  readonly trainer?: string;
  /** Examples of an optimiser step. @default 128 */
  readonly batchSize?: number;
  /** @default 64 */
  readonly evalBatchSize?: number;
  /** @default 3e-6 */
  readonly lr?: number;
  /** @default 1 */
  readonly nEpochs?: number | null;
  /** Ends the run before `nEpochs` does, if it is reached first. @default null */
  readonly nExamples?: number | null;
  /** @default 256 */
  readonly nEvalExamples?: number;
  /** Tokens. @default 512 */
  readonly maxLength?: number;
  /** Tokens. @default 256 */
  readonly maxPromptLength?: number;
  /** @default 0 */
  readonly seed?: number;
  /** No checkpoints, no record. @default false */
  readonly debug?: boolean;
  readonly [setting: string]: unknown;
};

/** Where the results of {@link runTraining} are. */
export type RunTrainingResult = {
  /** Directory of the final model. */
  readonly artifactPath: string;
  /** Directory of the run. */
  readonly logsPath: string;
  readonly expName: string;
};

const required = ['model_name', 'datasets', 'loss_config', 'exp_name'] as const;

const defaults: Readonly<Record<string, unknown>> = {
  kb_id: null,
  trainer: 'FSDPTrainer',
  batch_size: 128,
  eval_batch_size: 64,
  lr: 3e-6,
  n_epochs: 1,
  n_examples: null,
  n_eval_examples: 256,
  max_length: 512,
  max_prompt_length: 256,
  seed: 0,
  debug: false,
};

/**
 * Trains by the DPO service's configuration (the reference trainer's with the service's defaults) and waits for the end.
 * Of `nEpochs` and `nExamples` the one that is reached first ends the run.
 * @param control watches the run and, by `signal`, stops it with an InterruptedError
 * @throws InputError for a request that lacks something, both of these among it; else an Error 'Training failed: ...' with its cause
 */
export async function runTraining(
  request: RunTrainingRequest,
  control: TrainingControl = {},
): Promise<RunTrainingResult> {
  const settings = { ...defaults, ...snakeCased(request) };
  const lacking = required.filter((key) => settings[key] === undefined || settings[key] === null);
  if (lacking.length > 0) throw new InputError(`Cannot train: ${lacking.join(', ')} must be given`);
  if (settings.n_epochs === null && settings.n_examples === null)
    throw new InputError('Cannot train: neither n_epochs nor n_examples is given; give one');
  const expName = String(settings.exp_name);
  try {
    const { loadReferenceConfig, prepareReferenceRun, runReferenceTraining } = await import(
      './workflows/train/index.ts'
    );
    const config = await loadReferenceConfig({ configName: 'service', overrides: overridesOf(settings) });
    const run = await runReferenceTraining(await prepareReferenceRun(config), {
      source: 'runTraining()',
      ...control,
    });
    return { artifactPath: run.latest, logsPath: run.output, expName };
  } catch (cause) {
    if (cause instanceof InterruptedError) throw cause;
    throw new Error(`Training failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The request as the configuration's overrides: groups first, then their members. */
function overridesOf(settings: Readonly<Record<string, unknown>>): string[] {
  const { model_name: model, loss_config: loss, kb_id: kb, ...rest } = settings;
  const { name, ...options } = isRecord(loss) ? loss : {};
  return [
    `model=${literal(model)}`,
    ...(name === undefined ? [] : [`loss=${literal(name)}`]),
    ...flat({ loss: options, ...rest }),
    ...(kb === null || kb === undefined ? [] : [`+kb_id=${literal(kb)}`]),
  ];
}

function flat(settings: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return isRecord(value) ? flat(value, `${prefix}${key}.`) : [`${prefix}${key}=${literal(value)}`];
  });
}

/** A value as the grammar of overrides has it; text is quoted, and no interpolation. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(',')}]`;
  if (typeof value !== 'string') return String(value);
  const escaped = value
    .replace(/(\\*)\$\{/g, '$1$1\\${')
    .replace(
      /(\\*)('|$)/g,
      (_, slashes: string, end: string) => `${slashes}${slashes}${end === '' ? '' : "\\'"}`,
    );
  return `'${escaped}'`;
}

function snakeCased(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      isRecord(value) ? snakeCased(value) : value,
    ]),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
