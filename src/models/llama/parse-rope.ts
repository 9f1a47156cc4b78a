// Rotary scaling from config.json, in the spellings of transformers 4 and 5.
import { z } from 'zod';
import { type RopeConfig, ropeTypes } from './config.ts';

const positive = z.number().positive();
const factors = z.array(positive);

/** `rope_parameters` of transformers 5, `rope_scaling` of transformers 4. */
export const ropeSchema = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: z.number().int().positive().nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  attention_factor: z.number().nonnegative().nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  short_factor: factors.nullish(),
  long_factor: factors.nullish(),
  partial_rotary_factor: z.number().nullish(),
});

/** What stands in `config.json` about rotary positions. */
export type RopeSource = {
  readonly parameters: z.infer<typeof ropeSchema> | null | undefined;
  /** `rope_theta` beside the dictionary. */
  readonly theta: number | null | undefined;
  /** `original_max_position_embeddings` beside the dictionary, which wins. */
  readonly originalMaxPositions: number | null | undefined;
  readonly maxPositions: number;
  readonly headSize: number;
};

/** Default of `rope_theta` in every family. */
const defaultTheta = 10_000;

type Fault = (message: string) => void;

/** The rotary scaling, or reports what is wrong with it. */
export function parseRope(source: RopeSource, fault: Fault): RopeConfig {
  const given = source.parameters ?? {};
  const named = given.rope_type ?? given.type ?? 'default';
  const type = ropeTypes.find((known) => known === named);
  if (type === undefined) fault(`rope_type: '${named}' is not known; known: ${ropeTypes.join(', ')}`);
  const nested = Object.entries(given).find(([, value]) => isObject(value));
  if (nested !== undefined) fault(`rope_parameters.${nested[0]}: scaling by kind of layer is not supported`);
  if ((given.partial_rotary_factor ?? 1) !== 1)
    fault(
      `partial_rotary_factor: must be 1, current value is ${given.partial_rotary_factor}; use another model`,
    );
  const theta = given.rope_theta ?? source.theta ?? defaultTheta;
  if (type === undefined || type === 'default') return { type: 'default', theta };
  return { type, theta, ...scalings[type](given, source, fault) };
}

type Given = z.infer<typeof ropeSchema>;
type Scaling = (given: Given, source: RopeSource, fault: Fault) => Partial<RopeConfig>;

const scalings: Readonly<Record<Exclude<RopeConfig['type'], 'default'>, Scaling>> = {
  linear: (given, _, fault) => ({ factor: required(given, 'factor', fault) }),
  dynamic: (given, _, fault) => ({ factor: required(given, 'factor', fault) }),
  yarn: (given, source) => {
    const originalMaxPositions = originalLength(given, source);
    return {
      factor: given.factor ?? source.maxPositions / originalMaxPositions,
      originalMaxPositions,
      ...present({
        betaFast: given.beta_fast,
        betaSlow: given.beta_slow,
        attentionFactor: given.attention_factor,
        mscale: given.mscale,
        mscaleAllDim: given.mscale_all_dim,
        truncate: given.truncate,
      }),
    };
  },
  llama3: (given, source, fault) => {
    const low = required(given, 'low_freq_factor', fault);
    const high = required(given, 'high_freq_factor', fault);
    if (high <= low) fault(`high_freq_factor: must exceed low_freq_factor ${low}, current value is ${high}`);
    return {
      factor: required(given, 'factor', fault),
      lowFrequencyFactor: low,
      highFrequencyFactor: high,
      originalMaxPositions: originalLength(given, source),
    };
  },
  longrope: (given, source, fault) => {
    const originalMaxPositions = originalLength(given, source);
    return {
      factor: given.factor ?? source.maxPositions / originalMaxPositions,
      originalMaxPositions,
      shortFactors: pairFactors(given, 'short_factor', { half: source.headSize / 2, fault }),
      longFactors: pairFactors(given, 'long_factor', { half: source.headSize / 2, fault }),
      ...present({ attentionFactor: given.attention_factor }),
    };
  },
};

function originalLength(given: Given, source: RopeSource): number {
  return source.originalMaxPositions ?? given.original_max_position_embeddings ?? source.maxPositions;
}

function required(
  given: Given,
  key: 'factor' | 'low_freq_factor' | 'high_freq_factor',
  fault: Fault,
): number {
  const value = given[key];
  if (value == null)
    fault(`rope_parameters.${key}: is missing; rope_type '${given.rope_type ?? given.type}' needs it`);
  return value ?? 1;
}

function pairFactors(
  given: Given,
  key: 'short_factor' | 'long_factor',
  { half, fault }: { half: number; fault: Fault },
): readonly number[] {
  const value = given[key] ?? [];
  if (value.length !== half)
    fault(`rope_parameters.${key}: must hold ${half} numbers, it holds ${value.length}`);
  return value;
}

/** The members that are there: null and absent mean the same in these files. */
function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as never;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
