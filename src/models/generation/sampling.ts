// From the scores of the next token to the token.
import { NumericError, type Random } from '../../core/index.ts';
import type { GenerationSettings } from './options.ts';

/** A token and its log-probability under the model as it is, before penalties and temperature. */
export type ScoredToken = { readonly token: number; readonly logProb: number };

/** The chosen token, and the likeliest ones when they are asked for. */
export type Choice = ScoredToken & { readonly alternatives: readonly ScoredToken[] };

/** What chooses among the scores. */
export type SamplingSettings = Pick<
  GenerationSettings,
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'repetitionPenalty'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'alternatives'
> & {
  /** Added to the scores of tokens; -100 and below bans, 100 and above forces. */
  readonly logitBias?: ReadonlyMap<number, number>;
};

/** What has been said so far in one row. */
export type History = { readonly prompt: readonly number[]; readonly generated: readonly number[] };

/** What the choice of one token depends on beside the scores. */
export type ChoiceContext = {
  readonly history: History;
  readonly random: Random;
  /** Sets the scores of all tokens that may not come next to -Infinity. */
  readonly mask?: ((scores: Float32Array) => void) | undefined;
};

/**
 * Chooses the next token: penalties, bias and mask, then temperature, then top-k, then top-p, as transformers orders them.
 * @param logits scores of the vocabulary; left as they are
 * @throws NumericError when a score is NaN
 */
export function chooseToken(
  logits: Float32Array,
  settings: SamplingSettings,
  { history, random, mask }: ChoiceContext,
): Choice {
  const normalizer = logSumExp(logits);
  const scored = (token: number): ScoredToken => ({ token, logProb: (logits[token] as number) - normalizer });
  const scores = changedScores(logits, settings, { history, mask });
  const token = settings.temperature === 0 ? argMax(scores) : sample(scores, settings, random);
  const alternatives = settings.alternatives === 0 ? [] : largest(logits, settings.alternatives).map(scored);
  return { ...scored(token), alternatives };
}

function logSumExp(logits: Float32Array): number {
  const most = logits[argMax(logits)] as number;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - most);
  if (Number.isNaN(sum))
    throw new NumericError(
      'Cannot choose the next token: a score is NaN; the weights are broken, train again',
    );
  return most + Math.log(sum);
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** The scores to choose by: the given array where nothing changes them, else a copy. */
function changedScores(
  logits: Float32Array,
  settings: SamplingSettings,
  { history, mask }: Pick<ChoiceContext, 'history' | 'mask'>,
): Float32Array {
  const { repetitionPenalty: repetition, presencePenalty: presence, frequencyPenalty: frequency } = settings;
  const { logitBias } = settings;
  const penalizes = repetition !== 1 || presence !== 0 || frequency !== 0;
  const biased = logitBias !== undefined && logitBias.size > 0;
  if (!penalizes && !biased && mask === undefined) return logits;
  const scores = logits.slice();
  if (penalizes) penalize(scores, settings, history);
  if (biased)
    for (const [token, bias] of logitBias) scores[token] = (scores[token] as number) + decisive(bias);
  mask?.(scores);
  return scores;
}

function penalize(scores: Float32Array, settings: SamplingSettings, history: History): void {
  const { repetitionPenalty: repetition, presencePenalty: presence, frequencyPenalty: frequency } = settings;
  if (repetition !== 1) {
    for (const token of new Set([...history.prompt, ...history.generated])) {
      const score = scores[token] as number;
      scores[token] = score > 0 ? score / repetition : score * repetition;
    }
  }
  if (presence === 0 && frequency === 0) return;
  for (const token of history.generated) scores[token] = (scores[token] as number) - frequency;
  for (const token of new Set(history.generated)) scores[token] = (scores[token] as number) - presence;
}

/** A bias that bans or forces outweighs any score, yet leaves a banned token where a mask permits no other. */
function decisive(bias: number): number {
  return Math.abs(bias) >= 100 ? 10 * bias : bias;
}

function sample(scores: Float32Array, settings: SamplingSettings, random: Random): number {
  const { temperature, topK, topP } = settings;
  const limited = topK < scores.length ? largest(scores, topK) : undefined;
  const tokenAt = (i: number) => (limited === undefined ? i : (limited[i] as number));
  const most = scores[limited?.[0] ?? argMax(scores)] as number;
  // Plain loops: this runs over the whole vocabulary for each token.
  const weights = new Float64Array(limited?.length ?? scores.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = Math.exp(((scores[tokenAt(i)] as number) - most) / temperature);
    weights[i] = weight;
    total += weight;
  }
  if (topP < 1) total = keepNucleus(weights, total, topP);
  return tokenAt(draw(weights, random.uniform() * total));
}

/** The first index at which the running sum exceeds `target`. */
function draw(weights: Float64Array, target: number): number {
  let left = target;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) break;
  }
  // Rounding can leave a sliver, which falls to the last that has any weight.
  return last;
}

/** Sets to zero all weights but the largest that sum to `topP` of the total, lower indices first among equals. Returns their sum. */
function keepNucleus(weights: Float64Array, total: number, topP: number): number {
  // What lies below this sums to less than the rest, 1 - topP, so none of it is in the nucleus: little is left to sort.
  const least = ((1 - topP) * total) / weights.length;
  const order = new Uint32Array(weights.length);
  let count = 0;
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) >= least) order[count++] = i;
  const sorted = order
    .subarray(0, count)
    .sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  const kept = weights.slice();
  weights.fill(0);
  let sum = 0;
  for (const i of sorted) {
    const weight = kept[i] as number;
    weights[i] = weight;
    sum += weight;
    if (sum >= topP * total) break;
  }
  return sum;
}

/** The tokens of the `count` largest values, largest first, lower ids first among equals; by one pass with a small heap. */
export function largest(values: Float32Array, count: number): number[] {
  const size = Math.min(count, values.length);
  const heap: number[] = [];
  // True when a must leave before b: smaller, or equal and of a higher id.
  const before = (a: number, b: number) => {
    const [x, y] = [values[a] as number, values[b] as number];
    return x < y || (x === y && a > b);
  };
  const sink = (start: number) => {
    for (let at = start; ; ) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && before(heap[child] as number, heap[next] as number)) next = child;
      }
      if (next === at) return;
      [heap[at], heap[next]] = [heap[next] as number, heap[at] as number];
      at = next;
    }
  };
  for (let token = 0; token < size; token++) heap.push(token);
  for (let at = size >> 1; at >= 0; at--) sink(at);
  for (let token = size; token < values.length; token++) {
    if (!before(heap[0] as number, token)) continue;
    heap[0] = token;
    sink(0);
  }
  return heap.sort((a, b) => (before(a, b) ? 1 : -1));
}
