// A model as a command names it: a Hugging Face directory, or an adapter and the base that it is for.
import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { InputError } from '../core/index.ts';
import type { HostTensor } from '../engine/index.ts';
import {
  adapterBase,
  type CausalModel,
  checkMergeBase,
  LoraWeights,
  loadAdapter,
  loadModel,
  type SpecialTokenIds,
} from '../models/index.ts';
import type { WrapWeights } from '../training/index.ts';

/** Directories that make up a model. */
export type ModelSource = { readonly base: string; readonly adapter: string | undefined };

/** A model in memory, its adapter apart from its base. */
export type SourceModel = {
  readonly model: CausalModel;
  readonly tokens: SpecialTokenIds;
  /** float32 by name, the adapter's among them. */
  readonly parameters: ReadonlyMap<string, HostTensor>;
  /** Puts the adapter over the weights of a graph; undefined without one. */
  readonly wrap: WrapWeights | undefined;
};

/**
 * Finds base and adapter: a directory that holds an adapter leads to the base that it names.
 * @throws InputError when the base is not stated or not there
 */
export async function findModel(directory: string, adapter?: string): Promise<ModelSource> {
  const held = await adapterBase(directory);
  if (held === undefined) return { base: directory, adapter };
  if (adapter !== undefined)
    throw new InputError(
      `Cannot put the adapter '${adapter}' over '${directory}': that is an adapter itself; name its base model`,
    );
  return { base: await findBase(directory, held.baseModel), adapter: directory };
}

/** The base that an adapter names: a path from the current directory, or from the adapter's own. */
export async function findBase(adapter: string, named: string | undefined): Promise<string> {
  if (named === undefined)
    throw new InputError(`Cannot find the base model of '${adapter}': it names none; name it with --model`);
  const candidates = isAbsolute(named) ? [named] : [named, join(adapter, named)];
  for (const candidate of candidates) if (await isDirectory(candidate)) return candidate;
  throw new InputError(
    `Cannot find the base model of '${adapter}': it names '${named}', which is no directory here; name it with --model`,
  );
}

/** Reads a model into memory, and its adapter if it has one. */
export async function loadSource({ base, adapter }: ModelSource): Promise<SourceModel> {
  const { model, tokens, parameters } = await loadModel(base);
  const all = new Map(Object.entries(parameters));
  if (adapter === undefined) return { model, tokens, parameters: all, wrap: undefined };
  await checkMergeBase(base);
  const loaded = await loadAdapter(adapter, model);
  for (const [name, tensor] of Object.entries(loaded.parameters)) all.set(name, tensor);
  const wrap: WrapWeights = (weights) => {
    const wrapped = new LoraWeights(weights, { model, config: loaded.config });
    return { weights: wrapped, tensor: (name) => weights.tensor(name) };
  };
  return { model, tokens, parameters: all, wrap };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
