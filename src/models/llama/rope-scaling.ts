// Frequencies of the rotary positions under each scaling, by the formulas of transformers' modeling_rope_utils.
import type { LlamaConfig, RopeConfig } from './config.ts';

/** Angle for each step of position, by pair of a head, and the factor on cos and sin. */
export type Frequencies = { readonly inverse: Float64Array; readonly attentionFactor: number };

type Scaling = (context: {
  readonly rope: RopeConfig;
  /** Unscaled: theta^(-2 i / head size). */
  readonly plain: Float64Array;
  readonly maxPositions: number;
  readonly length: number;
}) => Frequencies;

/** Whether the frequencies change with the length of the sequence. */
export function dependsOnLength(rope: RopeConfig): boolean {
  return rope.type === 'dynamic' || rope.type === 'longrope';
}

/** The longest sequence that the positions allow: 'dynamic' states how far it stretches the model's own length. */
export function longestSequence({ rope, maxPositions }: LlamaConfig): number {
  return rope.type === 'dynamic' ? Math.floor(maxPositions * given(rope, 'factor')) : maxPositions;
}

/** The length up to which all sequences have the same frequencies. */
export function steadyLength(config: LlamaConfig): number {
  const { rope, maxPositions } = config;
  if (rope.type === 'dynamic') return maxPositions;
  return rope.type === 'longrope' ? given(rope, 'originalMaxPositions') : longestSequence(config);
}

/**
 * The frequencies for sequences of up to `length` positions.
 * 'dynamic' stretches them once `length` exceeds the model's own, 'longrope' chooses between its two sets of factors.
 */
export function rotaryFrequencies(config: LlamaConfig, length: number): Frequencies {
  const { rope, headSize, maxPositions } = config;
  return scalings[rope.type]({ rope, plain: powers(rope.theta, headSize), maxPositions, length });
}

/** Rounded as float32 arithmetic rounds, which models are trained with: at position 100,000 a last digit turns into a hundredth. */
function powers(theta: number, headSize: number): Float64Array {
  const { fround } = Math;
  return Float64Array.from({ length: headSize / 2 }, (_, i) =>
    fround(1 / fround(theta ** fround((2 * i) / headSize))),
  );
}

const scalings: Readonly<Record<RopeConfig['type'], Scaling>> = {
  default: ({ plain }) => ({ inverse: plain, attentionFactor: 1 }),

  linear: ({ rope, plain }) => {
    const factor = given(rope, 'factor');
    return { inverse: plain.map((frequency) => frequency / factor), attentionFactor: 1 };
  },

  // NTK-aware scaling: a larger theta, so that the slowest pair spans the longer sequence.
  dynamic: ({ rope, plain, maxPositions, length }) => {
    const size = plain.length * 2;
    const factor = given(rope, 'factor');
    const stretch = (factor * Math.max(length, maxPositions)) / maxPositions - (factor - 1);
    return { inverse: powers(rope.theta * stretch ** (size / (size - 2)), size), attentionFactor: 1 };
  },

  // Peng et al., 2023: fast pairs as they are, slow ones interpolated, a ramp between.
  yarn: ({ rope, plain }) => {
    const factor = given(rope, 'factor');
    const [low, high] = yarnRange(rope, plain.length * 2);
    const inverse = plain.map((frequency, i) => {
      const slow = Math.fround(Math.min(1, Math.max(0, (i - low) / (high - low))));
      const kept = Math.fround(1 - slow);
      return Math.fround((frequency / factor) * Math.fround(1 - kept)) + Math.fround(frequency * kept);
    });
    return { inverse, attentionFactor: yarnAttention(rope, factor) };
  },

  // Llama 3.1: by wavelength, long waves slowed down, short ones kept, a blend between.
  llama3: ({ rope, plain }) => {
    const factor = given(rope, 'factor');
    const low = given(rope, 'lowFrequencyFactor');
    const high = given(rope, 'highFrequencyFactor');
    const original = given(rope, 'originalMaxPositions');
    const inverse = plain.map((frequency) => {
      const turns = (original * frequency) / (2 * Math.PI);
      const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
      return (1 - kept) * (frequency / factor) + kept * frequency;
    });
    return { inverse, attentionFactor: 1 };
  },

  // Ding et al., 2024: a divisor for each pair, one set for short sequences and one for long ones.
  longrope: ({ rope, plain, length }) => {
    const original = given(rope, 'originalMaxPositions');
    const factor = given(rope, 'factor');
    const divisors = length > original ? rope.longFactors : rope.shortFactors;
    const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return {
      inverse: plain.map((frequency, i) => frequency / (divisors?.[i] ?? 1)),
      attentionFactor: rope.attentionFactor ?? usual,
    };
  },
};

/** The pairs between which YaRN's ramp lies: those that turn `betaFast` and `betaSlow` times in the original length. */
function yarnRange(rope: RopeConfig, size: number): readonly [number, number] {
  const original = given(rope, 'originalMaxPositions');
  const pairTurning = (turns: number) =>
    (size * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(rope.theta));
  const truncate = rope.truncate ?? true;
  const fast = pairTurning(rope.betaFast ?? 32);
  const slow = pairTurning(rope.betaSlow ?? 1);
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const high = Math.min(truncate ? Math.ceil(slow) : slow, size - 1);
  return [low, low === high ? high + 0.001 : high];
}

function yarnAttention(rope: RopeConfig, factor: number): number {
  if (rope.attentionFactor !== undefined) return rope.attentionFactor;
  const magnitude = (scale = 1) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  // Zero counts as absent, as in transformers.
  return rope.mscale && rope.mscaleAllDim
    ? magnitude(rope.mscale) / magnitude(rope.mscaleAllDim)
    : magnitude();
}

function given(
  rope: RopeConfig,
  key: 'factor' | 'lowFrequencyFactor' | 'highFrequencyFactor' | 'originalMaxPositions',
): number {
  const value = rope[key];
  if (value === undefined)
    throw new TypeError(`Cannot compute '${rope.type}' rotary positions: '${key}' is missing`);
  return value;
}
