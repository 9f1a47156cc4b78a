// The Llama decoder as a builder of graphs: RMSNorm, rotary grouped-query attention, SwiGLU.
import {
  add,
  type Dim,
  gatherRows,
  mul,
  multiplyDims,
  recomputed,
  reshape,
  rmsNorm,
  silu,
  type Tensor,
} from '../../engine/index.ts';
import { attention, type ProjectedRows, type RotaryTables, slotAttention } from '../layers/index.ts';
import type {
  CausalModel,
  ForwardBatch,
  ForwardResult,
  LayerCache,
  ParameterSpec,
  Weights,
} from '../model.ts';
import type { LlamaConfig } from './config.ts';
import { formatLlamaConfig } from './format-config.ts';
import { rotaryTables } from './rope.ts';
import { dependsOnLength, longestSequence, steadyLength } from './rope-scaling.ts';

const embedding = 'model.embed_tokens.weight';
const head = 'lm_head.weight';

/** The decoder that a configuration describes. */
export function llamaModel(config: LlamaConfig): CausalModel {
  return {
    architecture: config.modelType,
    vocabSize: config.vocabSize,
    hiddenSize: config.hiddenSize,
    layerCount: config.layers,
    keyValueHeads: config.keyValueHeads,
    headSize: config.headSize,
    maxLength: longestSequence(config),
    lengthDependent: dependsOnLength(config.rope),
    steadyLength: steadyLength(config),
    slidingWindow: config.slidingWindow,
    parameters: llamaParameters(config),
    linearLayers: layerNames(config).flatMap((layer) =>
      linearsOf(config).map(({ name }) => `${layer}.${name}`),
    ),
    forward: (weights, batch) => forward(config, weights, batch),
    logits: (weights, hidden) =>
      weights.linear((config.tiedEmbeddings ? embedding : head).replace(/\.weight$/, ''), hidden),
    formatConfig: (options) => formatLlamaConfig(config, options),
  };
}

function forward(config: LlamaConfig, weights: Weights, batch: ForwardBatch): ForwardResult {
  const [rows, length] = batch.ids.shape as readonly [Dim, Dim];
  const embedded = gatherRows(weights.tensor(embedding), batch.ids);
  const tables = rotaryTables(config, tableLength(config, batch));
  let x: Tensor = reshape(embedded, [multiplyDims(rows, length), config.hiddenSize]);
  const cache: LayerCache[] = [];
  layerNames(config).forEach((name, i) => {
    const build = () => block(config, { name, weights, batch, tables, layer: i }, x);
    const result = batch.recompute ? recomputed(build) : build();
    x = result.output;
    cache.push(result.cache);
  });
  return { hidden: rmsNorm(x, weights.tensor('model.norm.weight'), config.rmsEpsilon), cache };
}

function tableLength(config: LlamaConfig, batch: ForwardBatch): number {
  const [, length] = batch.ids.shape;
  if (batch.maxPositions !== undefined) return batch.maxPositions;
  const past = batch.slots ?? batch.cache;
  if (typeof length === 'number' && past === undefined) return length;
  if (dependsOnLength(config.rope))
    throw new TypeError(
      `Cannot build the model: '${config.rope.type}' rotary positions need the length of the sequence; give 'maxPositions'`,
    );
  return longestSequence(config);
}

type BlockContext = {
  readonly name: string;
  readonly weights: Weights;
  readonly batch: ForwardBatch;
  readonly tables: RotaryTables;
  readonly layer: number;
};

/** x + attention(norm(x)), then that + mlp(norm(that)); x [N, hidden]. */
function block(config: LlamaConfig, context: BlockContext, x: Tensor): { output: Tensor; cache: LayerCache } {
  const { name, weights } = context;
  const normed = rmsNorm(x, weights.tensor(`${name}.input_layernorm.weight`), config.rmsEpsilon);
  const project = (part: string) => weights.linear(`${name}.self_attn.${part}_proj`, normed);
  const attended = attend(config, context, { q: project('q'), k: project('k'), v: project('v') });
  const y = add(x, weights.linear(`${name}.self_attn.o_proj`, attended.output));
  const middle = rmsNorm(y, weights.tensor(`${name}.post_attention_layernorm.weight`), config.rmsEpsilon);
  const gate = silu(weights.linear(`${name}.mlp.gate_proj`, middle));
  const gated = mul(gate, weights.linear(`${name}.mlp.up_proj`, middle));
  return { output: add(y, weights.linear(`${name}.mlp.down_proj`, gated)), cache: attended.cache };
}

function attend(
  config: LlamaConfig,
  { batch, tables, layer }: BlockContext,
  rows: ProjectedRows,
): { output: Tensor; cache: LayerCache } {
  const { heads, keyValueHeads, headSize, slidingWindow } = config;
  const context = { positions: batch.positions, tables, heads, keyValueHeads, headSize };
  if (batch.slots !== undefined) {
    const { layers, last } = batch.slots;
    return slotAttention(rows, { ...context, ...(layers[layer] as LayerCache), last, slidingWindow });
  }
  const cache = batch.cache?.[layer];
  return attention(rows, {
    ...context,
    bias: batch.attentionBias,
    ...(cache === undefined ? {} : { cache }),
  });
}

function layerNames(config: LlamaConfig): string[] {
  return Array.from({ length: config.layers }, (_, i) => `model.layers.${i}`);
}

type LinearSpec = {
  readonly name: string;
  readonly out: number;
  readonly in: number;
  readonly bias: boolean;
};

function linearsOf(config: LlamaConfig): LinearSpec[] {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize } = config;
  const bias = config.queryKeyValueBias;
  return [
    { name: 'self_attn.q_proj', out: heads * headSize, in: hiddenSize, bias },
    { name: 'self_attn.k_proj', out: keyValueHeads * headSize, in: hiddenSize, bias },
    { name: 'self_attn.v_proj', out: keyValueHeads * headSize, in: hiddenSize, bias },
    { name: 'self_attn.o_proj', out: hiddenSize, in: heads * headSize, bias: config.outputBias },
    { name: 'mlp.gate_proj', out: intermediateSize, in: hiddenSize, bias: config.mlpBias },
    { name: 'mlp.up_proj', out: intermediateSize, in: hiddenSize, bias: config.mlpBias },
    { name: 'mlp.down_proj', out: hiddenSize, in: intermediateSize, bias: config.mlpBias },
  ];
}

/** Every parameter in the order of a Hugging Face checkpoint. */
export function llamaParameters(config: LlamaConfig): ParameterSpec[] {
  const normal = { kind: 'normal', deviation: config.initializerRange } as const;
  const matrix = (name: string, shape: readonly number[]): ParameterSpec => ({
    name,
    shape,
    initializer: normal,
    decay: true,
  });
  const norm = (name: string): ParameterSpec => ({
    name: `${name}.weight`,
    shape: [config.hiddenSize],
    initializer: { kind: 'ones' },
    decay: false,
  });
  const linear = (layer: string, spec: LinearSpec): ParameterSpec[] => {
    const weight = matrix(`${layer}.${spec.name}.weight`, [spec.out, spec.in]);
    const bias: ParameterSpec = {
      name: `${layer}.${spec.name}.bias`,
      shape: [spec.out],
      initializer: { kind: 'zeros' },
      decay: false,
    };
    return spec.bias ? [weight, bias] : [weight];
  };
  return [
    matrix(embedding, [config.vocabSize, config.hiddenSize]),
    ...layerNames(config).flatMap((layer) => [
      ...linearsOf(config).flatMap((spec) => linear(layer, spec)),
      norm(`${layer}.input_layernorm`),
      norm(`${layer}.post_attention_layernorm`),
    ]),
    norm('model.norm'),
    ...(config.tiedEmbeddings ? [] : [matrix(head, [config.vocabSize, config.hiddenSize])]),
  ];
}
