// Seeded random numbers whose whole state is a few integers, so that a run resumes to the bit.

/** State of a {@link Random}: four unsigned 32-bit words and the spare normal deviate, if one is held. */
export type RandomState = {
  readonly words: readonly [number, number, number, number];
  readonly spare: number | null;
};

/**
 * The xoshiro128** generator (Blackman and Vigna, 2018), seeded through SplitMix32.
 * Not for secrets.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #spare: number | null = null;

  /** @param seed any integer; further parts (an epoch, a name) derive an independent stream. */
  constructor(seed: number, ...stream: readonly (number | string)[]) {
    let state = seed | 0;
    for (const part of stream)
      state = mix(state ^ (typeof part === 'number' ? mix(part | 0) : hashText(part)));
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      return mix(state);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() || 1;
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotateLeft(this.#d, 11);
    return result >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** An integer in [0, bound), without modulo bias. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 0x100000000) {
      throw new RangeError(
        `Cannot draw an integer below 'bound': must be in [1, 2^32], current value is ${bound}`,
      );
    }
    const limit = 0x100000000 - (0x100000000 % bound);
    for (;;) {
      const draw = this.uint32();
      if (draw < limit) return draw % bound;
    }
  }

  /** A standard normal deviate (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const s = x * x + y * y;
      if (s === 0 || s >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spare = y * scale;
      return x * scale;
    }
  }

  /** A uniformly drawn element of a non-empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** The list in a random order (Fisher and Yates); the argument is left as it is. */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  /** The state, to be stored; {@link Random.restore} continues from it to the bit. */
  state(): RandomState {
    return { words: [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0], spare: this.#spare };
  }

  /** A generator that continues from a stored state. */
  static restore(state: RandomState): Random {
    const random = new Random(0);
    [random.#a, random.#b, random.#c, random.#d] = state.words.map((word) => word | 0) as [
      number,
      number,
      number,
      number,
    ];
    random.#spare = state.spare;
    return random;
  }
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

function mix(x: number): number {
  let z = x;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}
