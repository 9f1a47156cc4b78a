// For tests: a tiny model and adapters on disk, requests, and what the generator of `models` says to them.

import { Random } from '../core/index.ts';
import type { HostTensors } from '../engine/index.ts';
import {
  type GenerationOptions,
  Generator,
  initializeParameters,
  type LoraConfig,
  LoraWeights,
  loadAdapter,
  loadModel,
  loraParameters,
  newModel,
  saveAdapter,
  saveModel,
} from '../models/index.ts';
import { trainTokenizer } from '../text/index.ts';
import type { Sampling, TokenEvent, TokenRequest } from './engine/token-request.ts';

const texts = ['Where is my parcel? It is on its way to you.', 'Hello, how are you? I am well, thank you.'];

/** Writes a model of random weights whose scores are far apart, with a tokenizer. */
export async function writeTinyModel(directory: string, seed = 3): Promise<void> {
  const tokenizer = await trainTokenizer([...texts, ...texts], { vocabSize: 300 });
  const model = newModel(
    'new:hiddenSize=32,layers=2,heads=4,keyValueHeads=2,initializerRange=0.4,maxPositions=256',
    tokenizer.vocabSize,
  );
  const values = new Map(model.parameters.map(({ name, shape }) => [name, new Float32Array(size(shape))]));
  const valuesOf = (name: string) => values.get(name) as Float32Array;
  initializeParameters(model, seed, valuesOf);
  await saveModel(directory, {
    model,
    parameters: valuesOf,
    tokens: { eos: tokenizer.eosTokenIds },
    extraFiles: Object.fromEntries(tokenizer.files),
  });
}

/** Writes an adapter of random weights that changes what the model of `base` says. */
export async function writeTinyAdapter(directory: string, base: string, seed: number): Promise<void> {
  const { model } = await loadModel(base);
  const config: LoraConfig = { rank: 2, alpha: 4, dropout: 0, targets: 'all-linear', rsLora: false };
  const shapes = new Map(loraParameters(model, config).map(({ name, shape }) => [name, shape]));
  const parameters = (name: string) => {
    const random = new Random(seed, name);
    return Float32Array.from({ length: size(shapes.get(name) ?? []) }, () => 0.3 * random.normal());
  };
  await saveAdapter(directory, { model, config, parameters, baseModel: base, replace: true });
}

/** What the generator of `models` answers to prompts, each alone. */
export type Oracle = {
  tokens(request: TokenRequest): Promise<readonly number[]>;
  close(): Promise<void>;
};

/** Opens an {@link Oracle} on a model and, where it is named, an adapter. */
export async function openOracle(directory: string, adapter?: string): Promise<Oracle> {
  const { model, parameters } = await loadModel(directory);
  const over = adapter === undefined ? undefined : await loadAdapter(adapter, model);
  const all: HostTensors = { ...parameters, ...over?.parameters };
  const generator = new Generator(model, all, {
    ...(over && { adapt: (weights) => new LoraWeights(weights, { model, config: over.config }) }),
  });
  const tokens = async (request: TokenRequest) => {
    const seen: number[] = [];
    for await (const { token } of generator.stream([request.prompt], optionsOf(request))) seen.push(token);
    return seen;
  };
  return { tokens, close: () => generator.close() };
}

function optionsOf({ sampling, stopTokens, maxNewTokens }: TokenRequest): GenerationOptions {
  const { logitBias, topK, ...rest } = sampling;
  return { ...rest, ...(Number.isFinite(topK) && { topK }), maxNewTokens, stopTokens: [...stopTokens] };
}

export const greedy: Sampling = {
  temperature: 0,
  topP: 1,
  topK: Number.POSITIVE_INFINITY,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  seed: 0,
};

/** A request for 8 tokens, the likeliest each time, where nothing else is said. */
export function requestOf(prompt: readonly number[], changes: Partial<TokenRequest> = {}): TokenRequest {
  return { prompt, maxNewTokens: 8, stopTokens: new Set(), sampling: greedy, alternatives: 0, ...changes };
}

/** Token ids told by a seed. */
export function tokenIds(length: number, seed: number): number[] {
  const random = new Random(seed, 'prompt');
  return Array.from({ length }, () => 3 + random.below(250));
}

/** The events of a stream, read to its end. */
export async function eventsOf(stream: AsyncIterable<TokenEvent>): Promise<TokenEvent[]> {
  const events: TokenEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The tokens of a stream, read to its end. */
export async function tokensOf(stream: AsyncIterable<TokenEvent>): Promise<number[]> {
  return (await eventsOf(stream)).map(({ token }) => token);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
