// config.json to configuration and back: defaults of each family, windows, and what is refused.
import { expect, test } from 'vitest';
import { InputErrors } from '../../core/index.ts';
import { modelFromConfig } from '../families.ts';
import { newModel } from '../new-model.ts';
import type { LlamaConfig } from './config.ts';
import { formatLlamaConfig } from './format-config.ts';
import { newLlamaConfig } from './new-config.ts';
import { parseLlamaConfig } from './parse-config.ts';

const sizes = {
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 8,
};

function parse(changes: object): LlamaConfig {
  return parseLlamaConfig({ model_type: 'llama', ...sizes, ...changes }, 'config.json');
}

test('parseLlamaConfig takes the defaults of transformers for absent keys', () => {
  expect(parse({})).toEqual({
    modelType: 'llama',
    vocabSize: 100,
    hiddenSize: 64,
    intermediateSize: 96,
    layers: 4,
    heads: 8,
    keyValueHeads: 8,
    headSize: 8,
    maxPositions: 2048,
    rmsEpsilon: 1e-6,
    rope: { type: 'default', theta: 10_000 },
    tiedEmbeddings: false,
    queryKeyValueBias: false,
    outputBias: false,
    mlpBias: false,
    slidingWindow: undefined,
    initializerRange: 0.02,
  });
  expect(parse({ model_type: 'mistral', num_attention_heads: 16 })).toMatchObject({
    keyValueHeads: 8,
    maxPositions: 131_072,
    slidingWindow: 4096,
  });
  const qwen = { model_type: 'qwen2', hidden_size: 128, num_attention_heads: 32 };
  expect(parse(qwen)).toMatchObject({
    keyValueHeads: 32,
    maxPositions: 32_768,
    queryKeyValueBias: true,
    slidingWindow: undefined,
  });
  expect(parse({ ...qwen, num_key_value_heads: null }).keyValueHeads).toBe(32);
});

test.each([
  ['a window that is not used', { sliding_window: 64 }, undefined],
  ['all layers', { sliding_window: 64, use_sliding_window: true, max_window_layers: 0 }, 64],
  ['no layer', { sliding_window: 64, use_sliding_window: true, max_window_layers: 28 }, undefined],
  [
    'all by name',
    { sliding_window: 64, use_sliding_window: true, layer_types: Array(4).fill('sliding_attention') },
    64,
  ],
  [
    'none by name',
    { sliding_window: 64, use_sliding_window: true, layer_types: Array(4).fill('full_attention') },
    undefined,
  ],
  [
    'a window as long as the model',
    { sliding_window: 32_768, use_sliding_window: true, max_window_layers: 2 },
    undefined,
  ],
])('parseLlamaConfig: qwen2 window, %s', (_, changes, expected) => {
  const qwen = { model_type: 'qwen2', num_key_value_heads: 2, ...changes };
  expect(parse(qwen).slidingWindow).toBe(expected);
});

test.each([
  [{ hidden_act: 'gelu' }, "hidden_act: must be silu, current value is 'gelu'"],
  [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor: must be 1, current value is 0.5'],
  [{ rope_parameters: { partial_rotary_factor: 0.25 } }, 'partial_rotary_factor: must be 1'],
  [{ quantization_config: { bits: 4 } }, 'quantised weights cannot be trained'],
  [{ num_key_value_heads: 3 }, 'num_key_value_heads: must divide num_attention_heads 8'],
  [{ num_attention_heads: 7 }, 'num_attention_heads: must divide hidden_size 64'],
  [{ head_dim: 9 }, 'head_dim: must be even'],
  [{ vocab_size: '100' }, 'vocab_size: '],
  [{ hidden_size: undefined }, 'hidden_size: '],
  [{ rms_norm_eps: -1 }, 'rms_norm_eps: '],
  [{ rope_scaling: { type: 'su' } }, "rope_type: 'su' is not known; known: default, linear, dynamic, yarn"],
  [
    { rope_scaling: { rope_type: 'linear' } },
    "rope_parameters.factor: is missing; rope_type 'linear' needs it",
  ],
  [
    { rope_scaling: { rope_type: 'longrope', short_factor: [1] } },
    'short_factor: must hold 4 numbers, it holds 1',
  ],
  [
    { rope_parameters: { full_attention: { rope_type: 'default' } } },
    'scaling by kind of layer is not supported',
  ],
  [
    {
      model_type: 'qwen2',
      num_key_value_heads: 8,
      sliding_window: 64,
      use_sliding_window: true,
      max_window_layers: 1,
    },
    'sliding_window: in force in 3 of 4 layers',
  ],
])('parseLlamaConfig refuses %j', (changes, message) => {
  expect(() => parse(changes)).toThrow(message);
  expect(() => parse(changes)).toThrow(/^config\.json: /);
});

test('parseLlamaConfig tells all faults at once', () => {
  const faultsOf = (changes: object) => {
    try {
      parse(changes);
    } catch (error) {
      if (error instanceof InputErrors) return error.faults.length;
    }
    return 0;
  };
  expect(faultsOf({ hidden_act: 'gelu', head_dim: 9, num_key_value_heads: 3 })).toBe(3);
  expect(faultsOf({ vocab_size: 0, hidden_size: 1.5 })).toBe(2);
});

test('modelFromConfig refuses an unknown architecture with the list of known ones', () => {
  expect(() => modelFromConfig({ model_type: 'gpt2' }, 'a/config.json')).toThrow(
    'a/config.json: Cannot use this model: architecture "gpt2" is not known; known: llama, mistral, qwen2',
  );
  expect(() => modelFromConfig({}, 'config.json')).toThrow("it has no 'model_type'");
  expect(() => modelFromConfig(null, 'config.json')).toThrow("it has no 'model_type'");
});

const yarn = {
  type: 'yarn',
  theta: 5e5,
  factor: 4,
  originalMaxPositions: 512,
  betaFast: 16,
  truncate: false,
} as const;
const plain = newLlamaConfig({ vocabSize: 100 });

test.each<Partial<LlamaConfig>>([
  {},
  { rope: yarn, tiedEmbeddings: false },
  { queryKeyValueBias: true, outputBias: true, mlpBias: true },
  { modelType: 'mistral', slidingWindow: 128 },
  { modelType: 'mistral', slidingWindow: undefined, headSize: 48 },
  { modelType: 'qwen2', queryKeyValueBias: true, slidingWindow: 128 },
  { modelType: 'qwen2', queryKeyValueBias: true },
])('formatLlamaConfig is read back as it was: %j', (changes) => {
  const config = { ...plain, ...changes };
  expect(parseLlamaConfig(JSON.parse(JSON.stringify(formatLlamaConfig(config))), 'x')).toEqual(config);
});

test('formatLlamaConfig states tokens, and refuses what the family has no key for', () => {
  const json = formatLlamaConfig(plain, { tokens: { bos: 1, eos: [2, 3] }, torchDtype: 'bfloat16' });
  expect(json).toMatchObject({
    architectures: ['LlamaForCausalLM'],
    torch_dtype: 'bfloat16',
    bos_token_id: 1,
    eos_token_id: [2, 3],
    pad_token_id: null,
  });
  expect(() => formatLlamaConfig({ ...plain, slidingWindow: 9 })).toThrow('cannot state a sliding window');
  expect(() => formatLlamaConfig({ ...plain, queryKeyValueBias: true })).toThrow('cannot state biases');
});

test('newModel reads presets and sizes', () => {
  const json = newModel('new:smol135,layers=2', 49_152).formatConfig();
  expect(json).toMatchObject({
    num_hidden_layers: 2,
    hidden_size: 576,
    num_key_value_heads: 3,
    head_dim: 64,
  });
  const own = newModel('new:hiddenSize=200,tiedEmbeddings=false', 10).formatConfig();
  expect(own).toMatchObject({ hidden_size: 200, intermediate_size: 536, tie_word_embeddings: false });
  expect(own.num_attention_heads).toBe(2);
  expect(() => newModel('new:smal', 10)).toThrow("size 'smal' is not known. Did you mean 'small'?");
  expect(() => newModel('new:layer=3', 10)).toThrow("'layer' is not known. Did you mean 'layers'?");
  expect(() => newModel('new:tiny,heads=5', 10)).toThrow("'heads' must divide 'hiddenSize' 128");
  expect(() => newModel('new:layers=many', 10)).toThrow("'layers' must be a number, current value is 'many'");
  expect(() => newModel('new:layers=0', 10)).toThrow("'layers' must be a positive integer");
});
