// The Llama architecture's hyper-parameters, as Hone needs them.

/** Kinds of rotary scaling that the tables know. */
export const ropeTypes = ['default', 'linear', 'dynamic', 'yarn', 'llama3', 'longrope'] as const;

/** Kind of rotary scaling and its parameters, as `config.json` states them. */
export type RopeConfig = {
  readonly type: (typeof ropeTypes)[number];
  readonly theta: number;
  readonly factor?: number;
  readonly originalMaxPositions?: number;
  readonly lowFrequencyFactor?: number;
  readonly highFrequencyFactor?: number;
  readonly betaFast?: number;
  readonly betaSlow?: number;
  readonly attentionFactor?: number;
  readonly mscale?: number;
  readonly mscaleAllDim?: number;
  /** YaRN: whether the bounds of its ramp are whole numbers; true by default. */
  readonly truncate?: boolean;
  /** LongRoPE: divisors of the frequencies up to `originalMaxPositions`, and beyond it; one for each pair of a head. */
  readonly shortFactors?: readonly number[];
  readonly longFactors?: readonly number[];
};

/** Values of `model_type` that are Llama decoders. */
export const llamaModelTypes = ['llama', 'mistral', 'qwen2'] as const;

/** One Llama-like decoder: Llama, SmolLM2, Mistral or Qwen2 by its options. */
export type LlamaConfig = {
  /** `model_type` in `config.json`. */
  readonly modelType: (typeof llamaModelTypes)[number];
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly maxPositions: number;
  readonly rmsEpsilon: number;
  readonly rope: RopeConfig;
  readonly tiedEmbeddings: boolean;
  /** Biases of the query, key and value projections. */
  readonly queryKeyValueBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  readonly slidingWindow: number | undefined;
  /** Deviation of the normal distribution that new weights are drawn from. */
  readonly initializerRange: number;
};
