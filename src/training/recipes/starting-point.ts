// What a run starts from: a model and its tokenizer, read from a directory or made new.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fingerprint, InputError } from '../../core/index.ts';
import type { Example, Turn } from '../../data/index.ts';
import {
  type CausalModel,
  initializeParameters,
  isNewModel,
  newModel,
  openModel,
  type SpecialTokenIds,
} from '../../models/index.ts';
import { Tokenizer, trainTokenizer } from '../../text/index.ts';
import { type TrainConfig, usualVocabSize } from '../config.ts';

/** A model, not yet in memory, and its tokenizer. */
export type StartingPoint = {
  readonly model: CausalModel;
  readonly tokenizer: Tokenizer;
  readonly tokens: SpecialTokenIds;
  /** Fingerprint of the weights. */
  readonly weights: string;
  /** Files beside the model that its copies keep: `generation_config.json`'s settings. */
  readonly generationConfig: Readonly<Record<string, unknown>> | undefined;
  /** Reads or draws every parameter of the base model. */
  fill(into: (name: string) => Float32Array): Promise<void>;
};

/** Opens or makes the model that `config.model` names. `examples` are what a new tokenizer is trained on. */
export async function startingPoint(
  config: TrainConfig,
  examples: readonly Example[],
): Promise<StartingPoint> {
  return isNewModel(config.model) ? newStart(config, examples) : directoryStart(config);
}

async function newStart(config: TrainConfig, examples: readonly Example[]): Promise<StartingPoint> {
  const tokenizer =
    config.tokenizer === null
      ? await trainTokenizer(textsOf(examples), { vocabSize: config.vocab_size ?? usualVocabSize })
      : await Tokenizer.fromDirectory(config.tokenizer);
  const model = newModel(config.model, tokenizer.vocabSize);
  return {
    model,
    tokenizer,
    tokens: tokensOf(tokenizer),
    weights: fingerprint({ model: config.model, vocabSize: tokenizer.vocabSize, seed: config.seed }),
    generationConfig: undefined,
    fill: async (into) => initializeParameters(model, config.seed, into),
  };
}

async function directoryStart(config: TrainConfig): Promise<StartingPoint> {
  const opened = await openModel(config.model);
  const { model, tokens, generationConfig } = opened;
  await opened.close();
  const tokenizer = await Tokenizer.fromDirectory(config.tokenizer ?? config.model);
  if (tokenizer.vocabSize > model.vocabSize) {
    throw new InputError(
      `Cannot train '${config.model}' with this tokenizer: it has ${tokenizer.vocabSize} tokens, the model ${model.vocabSize}; ` +
        "give the model's own tokenizer",
    );
  }
  return {
    model,
    tokenizer,
    tokens: { ...tokensOf(tokenizer), ...tokens },
    weights: await startFingerprint(config),
    generationConfig,
    fill: async (into) => {
      const source = await openModel(config.model);
      try {
        await source.readParameters(into);
      } finally {
        await source.close();
      }
    },
  };
}

function tokensOf(tokenizer: Tokenizer): SpecialTokenIds {
  const { bosTokenId, eosTokenIds, padTokenId } = tokenizer;
  return {
    ...(bosTokenId === null ? {} : { bos: bosTokenId }),
    ...(eosTokenIds.length === 0 ? {} : { eos: eosTokenIds }),
    ...(padTokenId === null ? {} : { pad: padTokenId }),
  };
}

/** Of all that training starts from: the model, and the adapter over it that is gone on from. */
async function startFingerprint({ model, adapter }: TrainConfig): Promise<string> {
  const base = await weightsFingerprint(model);
  return adapter === null ? base : fingerprint({ base, adapter: await weightsFingerprint(adapter) });
}

/** SHA-256 over the bytes of a model's weight files and its config.json, in the order of their names. */
export async function weightsFingerprint(directory: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(directory))
    .filter((name) => name.endsWith('.safetensors') || name === 'config.json')
    .sort();
  for (const name of names) {
    hash.update(`${name}\0`);
    await pipeline(createReadStream(join(directory, name)), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) hash.update(chunk);
    });
  }
  return hash.digest('hex');
}

/** All text of the examples, for a new tokenizer. */
function* textsOf(examples: readonly Example[]): Generator<string> {
  for (const example of examples) {
    switch (example.kind) {
      case 'text':
        yield example.text;
        break;
      case 'chat':
        yield* turnTexts(example.messages);
        break;
      case 'completion':
      case 'unpaired':
        yield* turnTexts(example.prompt);
        yield* turnTexts(example.completion);
        break;
      case 'preference':
        yield* turnTexts(example.prompt);
        yield* turnTexts(example.chosen);
        yield* turnTexts(example.rejected);
        break;
    }
  }
}

function* turnTexts(turn: Turn): Generator<string> {
  if (typeof turn === 'string') yield turn;
  else for (const message of turn) yield message.content ?? '';
}
