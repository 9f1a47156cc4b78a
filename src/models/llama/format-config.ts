// The configuration as the config.json that transformers, vLLM and llama.cpp read.
import { formatSpecialTokens, type JsonObject } from '../config-json.ts';
import type { FormatConfigOptions } from '../model.ts';
import type { LlamaConfig, RopeConfig } from './config.ts';

const architectures = {
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
} as const;

/**
 * The inverse of `parseLlamaConfig`, in transformers 4's spelling of rotary scaling, which transformers 5 and others read as well.
 * @throws TypeError for biases that the family has no key for
 */
export function formatLlamaConfig(config: LlamaConfig, options: FormatConfigOptions = {}): JsonObject {
  return {
    architectures: [architectures[config.modelType]],
    model_type: config.modelType,
    torch_dtype: options.torchDtype ?? 'float32',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headSize,
    hidden_act: 'silu',
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.rmsEpsilon,
    initializer_range: config.initializerRange,
    rope_theta: config.rope.theta,
    rope_scaling: formatRope(config.rope),
    tie_word_embeddings: config.tiedEmbeddings,
    attention_dropout: 0,
    use_cache: true,
    ...formatBiases(config),
    ...formatWindow(config),
    ...formatSpecialTokens(options.tokens ?? {}),
  };
}

function formatBiases(config: LlamaConfig): JsonObject {
  const { modelType, queryKeyValueBias, outputBias, mlpBias } = config;
  const isLlama = modelType === 'llama';
  const fits = isLlama
    ? queryKeyValueBias === outputBias
    : queryKeyValueBias === (modelType === 'qwen2') && !outputBias && !mlpBias;
  if (!fits)
    throw new TypeError(
      `Cannot write a config.json of '${modelType}': it cannot state biases ${JSON.stringify({ queryKeyValueBias, outputBias, mlpBias })}`,
    );
  return isLlama ? { attention_bias: queryKeyValueBias, mlp_bias: mlpBias } : {};
}

function formatWindow({ modelType, slidingWindow }: LlamaConfig): JsonObject {
  const window = slidingWindow ?? null;
  if (modelType === 'mistral') return { sliding_window: window };
  if (modelType === 'qwen2')
    return { sliding_window: window, use_sliding_window: window !== null, max_window_layers: 0 };
  if (window !== null)
    throw new TypeError(
      `Cannot write a config.json of 'llama': it cannot state a sliding window of ${window}`,
    );
  return {};
}

function formatRope(rope: RopeConfig): JsonObject | null {
  if (rope.type === 'default') return null;
  const entries = {
    rope_type: rope.type,
    factor: rope.factor,
    original_max_position_embeddings: rope.originalMaxPositions,
    low_freq_factor: rope.lowFrequencyFactor,
    high_freq_factor: rope.highFrequencyFactor,
    beta_fast: rope.betaFast,
    beta_slow: rope.betaSlow,
    attention_factor: rope.attentionFactor,
    mscale: rope.mscale,
    mscale_all_dim: rope.mscaleAllDim,
    truncate: rope.truncate,
    short_factor: rope.shortFactors,
    long_factor: rope.longFactors,
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
