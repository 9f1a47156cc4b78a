// config.json of Llama, SmolLM2, Mistral and Qwen2 to the configuration; what it cannot mean is refused.
import { z } from 'zod';
import { checkedConfig, configErrors } from '../config-json.ts';
import { type LlamaConfig, llamaModelTypes } from './config.ts';
import { parseRope, ropeSchema } from './parse-rope.ts';

const count = z.number().int().positive();

const schema = z.looseObject({
  model_type: z.enum(llamaModelTypes),
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  max_position_embeddings: count.nullish(),
  rms_norm_eps: z.number().positive().nullish(),
  hidden_act: z.string().nullish(),
  initializer_range: z.number().nonnegative().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  sliding_window: z.number().int().nonnegative().nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.number().int().nullish(),
  layer_types: z.array(z.string()).nullish(),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  original_max_position_embeddings: count.nullish(),
  partial_rotary_factor: z.number().nullish(),
  quantization_config: z.unknown().optional(),
});

type Given = z.infer<typeof schema>;
type Fault = (message: string) => void;

/** What transformers takes when a key is absent. */
const defaults = {
  llama: { maxPositions: 2048, keyValueHeads: undefined },
  mistral: { maxPositions: 131_072, keyValueHeads: 8 },
  qwen2: { maxPositions: 32_768, keyValueHeads: 32 },
} as const;

/**
 * The configuration that a `config.json` states, read as transformers reads it (absent keys take its defaults).
 * @param file named in errors
 * @throws InputErrors naming every setting that is wrong or that Hone does not support
 */
export function parseLlamaConfig(json: unknown, file: string): LlamaConfig {
  const given = checkedConfig(schema, json, file);
  const faults: string[] = [];
  const config = readConfig(given, (message) => faults.push(message));
  if (faults.length > 0) throw configErrors(file, faults);
  return config;
}

function readConfig(given: Given, fault: Fault): LlamaConfig {
  const modelType = given.model_type;
  refuseUnsupported(given, fault);
  const heads = given.num_attention_heads;
  const sizes = { heads, keyValueHeads: keyValueHeads(given, fault), headSize: headSize(given, fault) };
  const maxPositions = given.max_position_embeddings ?? defaults[modelType].maxPositions;
  return {
    modelType,
    vocabSize: given.vocab_size,
    hiddenSize: given.hidden_size,
    intermediateSize: given.intermediate_size,
    layers: given.num_hidden_layers,
    ...sizes,
    maxPositions,
    rmsEpsilon: given.rms_norm_eps ?? 1e-6,
    rope: parseRope(
      {
        parameters: given.rope_scaling ?? given.rope_parameters,
        theta: given.rope_theta,
        originalMaxPositions: given.original_max_position_embeddings,
        maxPositions,
        headSize: sizes.headSize,
      },
      fault,
    ),
    tiedEmbeddings: given.tie_word_embeddings ?? false,
    ...biases(given),
    slidingWindow: slidingWindow(given, maxPositions, fault),
    initializerRange: given.initializer_range ?? 0.02,
  };
}

/** Only Llama's biases can be chosen; transformers does not read the keys for the others. */
function biases(given: Given): Pick<LlamaConfig, 'queryKeyValueBias' | 'outputBias' | 'mlpBias'> {
  if (given.model_type === 'qwen2') return { queryKeyValueBias: true, outputBias: false, mlpBias: false };
  const isLlama = given.model_type === 'llama';
  const attention = isLlama && given.attention_bias === true;
  return { queryKeyValueBias: attention, outputBias: attention, mlpBias: isLlama && given.mlp_bias === true };
}

function refuseUnsupported(given: Given, fault: Fault): void {
  const activation = given.hidden_act ?? 'silu';
  if (activation !== 'silu' && activation !== 'swish')
    fault(`hidden_act: must be silu, current value is '${activation}'`);
  if ((given.partial_rotary_factor ?? 1) !== 1)
    fault(`partial_rotary_factor: must be 1, current value is ${given.partial_rotary_factor}`);
  if (given.quantization_config != null)
    fault('quantization_config: quantised weights cannot be trained; use the model as it was before');
}

function keyValueHeads(given: Given, fault: Fault): number {
  const heads = given.num_attention_heads;
  // Null means as many as heads; absent means the family's default.
  const absent = given.num_key_value_heads === undefined;
  const count = (absent ? defaults[given.model_type].keyValueHeads : given.num_key_value_heads) ?? heads;
  if (heads % count !== 0)
    fault(`num_key_value_heads: must divide num_attention_heads ${heads}, current value is ${count}`);
  return count;
}

function headSize(given: Given, fault: Fault): number {
  const { hidden_size: hidden, num_attention_heads: heads } = given;
  const size = given.head_dim ?? hidden / heads;
  if (!Number.isInteger(size))
    fault(`num_attention_heads: must divide hidden_size ${hidden} when head_dim is absent, it is ${heads}`);
  else if (size % 2 !== 0) fault(`head_dim: must be even for rotary positions, it is ${size}`);
  return size;
}

/** The window, when it is in force in every layer; undefined when in none. */
function slidingWindow(given: Given, maxPositions: number, fault: Fault): number | undefined {
  const window = statedWindow(given);
  if (window === undefined || window >= maxPositions) return undefined;
  const sliding = slidingLayers(given);
  if (sliding === 0) return undefined;
  if (window === 0) fault('sliding_window: must be at least 1, current value is 0; null means no window');
  if (sliding === given.num_hidden_layers) return window;
  const { num_hidden_layers: layers } = given;
  fault(
    `sliding_window: in force in ${sliding} of ${layers} layers; Hone knows windows in all layers or in none`,
  );
  return undefined;
}

function statedWindow(given: Given): number | undefined {
  if (given.model_type === 'llama') return undefined;
  if (given.model_type === 'mistral')
    return given.sliding_window === undefined ? 4096 : (given.sliding_window ?? undefined);
  // Published Qwen2 files name a window that `use_sliding_window: false`, the default, switches off.
  if (given.use_sliding_window !== true) return undefined;
  return given.sliding_window === undefined ? 4096 : (given.sliding_window ?? undefined);
}

function slidingLayers(given: Given): number {
  const layers = given.num_hidden_layers;
  if (given.model_type !== 'qwen2') return layers;
  if (given.layer_types != null)
    return given.layer_types.filter((type) => type === 'sliding_attention').length;
  return Math.max(0, layers - Math.max(0, given.max_window_layers ?? 28));
}
