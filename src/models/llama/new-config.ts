// Configurations of new models: sizes by name, sensible values for what is not said.
import type { LlamaConfig } from './config.ts';

/** Sizes of a new Llama model; only the vocabulary must be said. */
export type NewLlamaOptions = {
  readonly vocabSize: number;
  /** 256 by default. */
  readonly hiddenSize?: number;
  /** 4 by default. */
  readonly layers?: number;
  /** Query heads; by default one for each 64 of the hidden size, at least two where the size allows. */
  readonly heads?: number;
  /** As many as heads by default. */
  readonly keyValueHeads?: number;
  /** Hidden size / heads by default. */
  readonly headSize?: number;
  /** 8/3 of the hidden size by default, rounded up to a multiple of 8. */
  readonly intermediateSize?: number;
  /** 2048 by default. */
  readonly maxPositions?: number;
  /** 10,000 by default. */
  readonly ropeTheta?: number;
  /** True by default. */
  readonly tiedEmbeddings?: boolean;
  /** 1e-5 by default. */
  readonly rmsEpsilon?: number;
  /** 0.02 by default. */
  readonly initializerRange?: number;
};

/** Sizes by name, all but the vocabulary. */
export const llamaPresets = {
  /** 0.8 M parameters and the embeddings: tests and first tries. */
  tiny: { hiddenSize: 128, layers: 4, heads: 4, intermediateSize: 344 },
  /** 10.6 M parameters and the embeddings. */
  small: { hiddenSize: 384, layers: 6, heads: 6, intermediateSize: 1024 },
  /** 30 M parameters and the embeddings. */
  medium: { hiddenSize: 576, layers: 12, heads: 9, keyValueHeads: 3, intermediateSize: 1536 },
  /** The shape of SmolLM2-135M. */
  smol135: {
    hiddenSize: 576,
    layers: 30,
    heads: 9,
    keyValueHeads: 3,
    intermediateSize: 1536,
    maxPositions: 8192,
    ropeTheta: 100_000,
  },
} as const satisfies Readonly<Record<string, Omit<NewLlamaOptions, 'vocabSize'>>>;

/**
 * A new Llama model's configuration.
 * @throws RangeError for sizes that do not fit together
 */
export function newLlamaConfig(options: NewLlamaOptions): LlamaConfig {
  const { hiddenSize = 256, layers = 4, maxPositions = 2048 } = options;
  const heads = options.heads ?? usualHeads(hiddenSize);
  const config: LlamaConfig = {
    modelType: 'llama',
    vocabSize: options.vocabSize,
    hiddenSize,
    intermediateSize: options.intermediateSize ?? Math.ceil((hiddenSize * 8) / 3 / 8) * 8,
    layers,
    heads,
    keyValueHeads: options.keyValueHeads ?? heads,
    headSize: options.headSize ?? hiddenSize / heads,
    maxPositions,
    rmsEpsilon: options.rmsEpsilon ?? 1e-5,
    rope: { type: 'default', theta: options.ropeTheta ?? 10_000 },
    tiedEmbeddings: options.tiedEmbeddings ?? true,
    queryKeyValueBias: false,
    outputBias: false,
    mlpBias: false,
    slidingWindow: undefined,
    initializerRange: options.initializerRange ?? 0.02,
  };
  checkSizes(config);
  return config;
}

/** Heads of 64 where that divides, else the most heads of an even size that do. */
function usualHeads(hiddenSize: number): number {
  for (let heads = Math.max(1, Math.round(hiddenSize / 64)); heads > 1; heads--) {
    if (hiddenSize % (2 * heads) === 0) return heads;
  }
  return 1;
}

const sizes = [
  'vocabSize',
  'hiddenSize',
  'intermediateSize',
  'layers',
  'heads',
  'keyValueHeads',
  'maxPositions',
] as const;

function checkSizes(config: LlamaConfig): void {
  for (const key of sizes) {
    if (!Number.isInteger(config[key]) || config[key] < 1)
      throw new RangeError(
        `Cannot make a model: '${key}' must be a positive integer, current value is ${config[key]}`,
      );
  }
  const { hiddenSize, heads, keyValueHeads, headSize } = config;
  if (hiddenSize % heads !== 0)
    throw new RangeError(
      `Cannot make a model: 'heads' must divide 'hiddenSize' ${hiddenSize}, current value is ${heads}`,
    );
  if (headSize < 2 || headSize % 2 !== 0)
    throw new RangeError(
      `Cannot make a model: the head size must be even, current value is ${headSize}; change 'heads'`,
    );
  if (heads % keyValueHeads !== 0)
    throw new RangeError(
      `Cannot make a model: 'keyValueHeads' must divide 'heads' ${heads}, current value is ${keyValueHeads}`,
    );
}
