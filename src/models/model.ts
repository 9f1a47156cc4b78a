// What every language model offers to training, evaluation, generation and export: one definition for all.
import type { Tensor } from '../engine/index.ts';
import type { JsonObject, SpecialTokenIds } from './config-json.ts';

/** How a new parameter starts; 'uniform' lies between -bound and bound. */
export type Initializer =
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' };

/** One parameter: its name in the checkpoint, its shape, how it starts, whether weight decay applies to it. */
export type ParameterSpec = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly decay: boolean;
};

/** Where a model's forward pass gets its parameters from; adapters wrap `linear`. */
export interface Weights {
  /** The parameter of this name as a tensor of the graph. */
  tensor(name: string): Tensor;
  /** x W^T (+ bias) of the linear layer `name` ('...q_proj'; the output layer, or the embedding that is tied to it): x [N, in] gives [N, out]. */
  linear(name: string, x: Tensor): Tensor;
}

/** Keys and values of one layer, each [batch, key-value heads, length, head size]. */
export type LayerCache = { readonly keys: Tensor; readonly values: Tensor };

/** Buffers with free places, whose rows take in their new tokens themselves: see `cachedAttention`. */
export type SlotCache = {
  /** Each [batch, key-value heads, places, head size rounded up to whole eights]. */
  readonly layers: readonly LayerCache[];
  /** int32[batch]: the place of each row's last new token. */
  readonly last: Tensor;
};

/** One forward pass: attention is given by a bias, or by slots. */
export type ForwardBatch = ForwardTokens & (BiasedAttention | SlotAttention);

type ForwardTokens = {
  /** int64[batch, length] */
  readonly ids: Tensor;
  /** int64[batch, length]: the position of each token in its document. */
  readonly positions: Tensor;
  /**
   * Positions lie below this: the graph then holds no table for more of them. By default the length of the batch when
   * that is a number and there is no past, else the model's longest. Models whose positions depend on the length
   * (`CausalModel.lengthDependent`) take it as the length of the sequence.
   */
  readonly maxPositions?: number;
  /** Marks each layer for recomputation in the backward pass: less memory, about a third more time. */
  readonly recompute?: boolean;
};

type SlotAttention = { readonly slots: SlotCache; readonly attentionBias?: never; readonly cache?: never };

type BiasedAttention = {
  readonly slots?: never;
  /**
   * Added to the attention scores, broadcast to [batch, 1, length, past + length]: 0 where a query may look, very
   * negative where not.
   */
  readonly attentionBias: Tensor;
  /** Of the positions before this batch, by layer; absent when there is no past. Which of them count, the bias says. */
  readonly cache?: readonly LayerCache[];
};

/**
 * Hidden states after the final norm, [batch * length, hidden], and by layer this batch's keys and values, or the
 * slots with these in them.
 */
export type ForwardResult = { readonly hidden: Tensor; readonly cache: readonly LayerCache[] };

/** What `config.json` says beside the architecture. */
export type FormatConfigOptions = {
  readonly tokens?: SpecialTokenIds;
  /** Element type of the weights, by torch's name; float32 by default. */
  readonly torchDtype?: 'float32' | 'float16' | 'bfloat16';
};

/** A causal language model as a builder of graphs. Holds no weights. */
export interface CausalModel {
  readonly architecture: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Shape of one layer's cache apart from batch and length. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** The longest sequence that its positions allow. */
  readonly maxLength: number;
  /** Whether positions mean something else in longer sequences (rotary scalings 'dynamic' and 'longrope'). */
  readonly lengthDependent: boolean;
  /** Up to this length positions mean the same in all sequences; the longest length where they always do. */
  readonly steadyLength: number;
  /** Keys further back than this are not seen; undefined when all are. */
  readonly slidingWindow: number | undefined;
  readonly parameters: readonly ParameterSpec[];
  /** Names of the linear layers inside the blocks, for adapters: 'model.layers.0.self_attn.q_proj', ... */
  readonly linearLayers: readonly string[];
  forward(weights: Weights, batch: ForwardBatch): ForwardResult;
  /** Scores of the next token: hidden [N, hidden] gives [N, vocabulary]. */
  logits(weights: Weights, hidden: Tensor): Tensor;
  /** The model's `config.json`, as transformers reads it. */
  formatConfig(options?: FormatConfigOptions): JsonObject;
}
