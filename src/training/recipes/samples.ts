// Texts that the model in training, and its reference, write to held-out prompts: tables of step, prompt and sample.
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, isSystemError, writeFileAtomic } from '../../core/index.ts';
import type { HostTensor } from '../../engine/index.ts';
import {
  type CausalModel,
  Generator,
  GraphWeights,
  parseGenerationConfig,
  type Weights,
} from '../../models/index.ts';
import type { TrainConfig } from '../config.ts';
import type { TrainedSequence } from '../objectives/pair-rows.ts';
import type { SampleTables } from '../run/sample-tables.ts';
import type { WrapWeights } from '../step/step-graph.ts';
import { split } from './batches.ts';
import type { StartingPoint } from './starting-point.ts';
import type { Trainee } from './trainee.ts';

/** One text: `step` counts the examples that were trained on, `sample` begins with the prompt. */
type SampleRow = { readonly step: number; readonly prompt: string; readonly sample: string };

/** A model in memory that can write. */
export type Writing = {
  readonly model: CausalModel;
  readonly parameters: ReadonlyMap<string, HostTensor>;
  readonly wrap?: WrapWeights | undefined;
};

export type SampleOptions = {
  readonly config: TrainConfig;
  readonly start: StartingPoint;
  readonly trainee: Trainee;
  /** Held-out examples; their prompts are continued. */
  readonly held: readonly TrainedSequence[];
  /** Tokens of prompt and sample together. */
  readonly maxLength: number;
  /** The run's directory. */
  readonly directory: string;
  /** Brings the reference into memory for one evaluation. */
  readonly openReference?: () => Promise<Writing>;
};

/** The tables that `config.samples` asks for; undefined without it. */
export function sampleTables(options: SampleOptions): SampleTables | undefined {
  const { config, trainee, directory } = options;
  if (config.samples === null || options.held.length === 0) return undefined;
  const prompts = options.held.slice(0, config.samples.prompts).map(promptOf);
  const policy = generatorOf({
    model: trainee.model,
    parameters: trainee.store.tensors,
    wrap: trainee.wrapForEvaluation,
  });
  const { openReference } = config.samples.reference ? options : {};
  const policyFile = join(directory, 'policy_samples.jsonl');
  const referenceFile = join(directory, 'reference_samples.jsonl');
  return {
    keepThrough: async (examples) => {
      await keepThrough(policyFile, examples);
      if (openReference) await keepThrough(referenceFile, examples);
    },
    write: async (examples) => {
      await append(policyFile, await writeSamples(policy, prompts, { ...options, examples }));
      if (openReference === undefined) return;
      const reference = generatorOf(await openReference());
      try {
        await append(referenceFile, await writeSamples(reference, prompts, { ...options, examples }));
      } finally {
        await reference.close();
      }
    },
    close: () => policy.close(),
  };
}

function generatorOf({ model, parameters, wrap }: Writing): Generator {
  const adapt = (weights: Weights): Weights =>
    wrap !== undefined && weights instanceof GraphWeights ? wrap(weights).weights : weights;
  return new Generator(model, Object.fromEntries(parameters), { adapt });
}

function promptOf({ ids, trained }: TrainedSequence): number[] {
  const prompt: number[] = [];
  for (let i = 0; i < ids.length && !trained[i]; i++) prompt.push(ids[i] as number);
  return prompt;
}

/** As transformers' `generate(do_sample=True)`: the model's own temperature and limits, a batch as long as its longest prompt allows. */
async function writeSamples(
  generator: Generator,
  prompts: readonly (readonly number[])[],
  { config, start, maxLength, examples }: SampleOptions & { readonly examples: number },
): Promise<SampleRow[]> {
  const { tokenizer } = start;
  const said = parseGenerationConfig(
    { ...start.generationConfig, do_sample: true },
    'generation_config.json',
  );
  const stopTokens = [...new Set([...tokenizer.eosTokenIds, ...(said.stopTokens ?? [])])];
  const seed = config.seed + examples;
  const rows: SampleRow[] = [];
  for (const batch of split(prompts, config.eval_batch_size ?? config.batch_size)) {
    const longest = Math.max(...batch.map(({ length }) => length));
    const maxNewTokens = Math.max(1, maxLength - longest);
    const texts = await generator.generate(batch, { ...said, stopTokens, maxNewTokens, seed });
    batch.forEach((prompt, i) => {
      const whole = [...prompt, ...(texts[i]?.tokens ?? [])];
      rows.push({ step: examples, prompt: tokenizer.decode(prompt), sample: tokenizer.decode(whole) });
    });
  }
  return rows;
}

async function append(file: string, rows: readonly SampleRow[]): Promise<void> {
  await appendFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join('')).catch((error: unknown) => {
    throw fileError(`Cannot write '${file}'`, error);
  });
}

async function keepThrough(file: string, examples: number): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return;
    throw fileError(`Cannot read '${file}'`, error);
  }
  const lines = text.split('\n').slice(0, -1);
  const kept = lines.filter((line) => examples > 0 && (JSON.parse(line) as SampleRow).step <= examples);
  await writeFileAtomic(file, kept.map((line) => `${line}\n`).join(''));
}
