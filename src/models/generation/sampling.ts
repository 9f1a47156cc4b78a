// From the scores of the next token to the token.
import { NumericError, type Random } from '../../core/index.ts';
import type { GenerationSettings } from './options.ts';

/** A token and its log-probability under the model as it is, before penalties and temperature. */
export type ScoredToken = { readonly token: number; readonly logProb: number };

/** The chosen token, and the likeliest ones when they are asked for. */
export type Choice = ScoredToken & { readonly alternatives: readonly ScoredToken[] };

type SamplingSettings = Pick<
  GenerationSettings,
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'repetitionPenalty'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'alternatives'
>;

/** What has been said so far in one row. */
export type History = { readonly prompt: readonly number[]; readonly generated: readonly number[] };

/**
 * Chooses the next token: penalties, then temperature, then top-k, then top-p, as transformers orders them.
 * @param logits scores of the vocabulary; left as they are
 * @throws NumericError when a score is NaN
 */
export function chooseToken(
  logits: Float32Array,
  settings: SamplingSettings,
  { history, random }: { history: History; random: Random },
): Choice {
  const normalizer = logSumExp(logits);
  const scored = (token: number): ScoredToken => ({ token, logProb: (logits[token] as number) - normalizer });
  const scores = penalized(logits, settings, history);
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

function penalized(logits: Float32Array, settings: SamplingSettings, history: History): Float32Array {
  const { repetitionPenalty: repetition, presencePenalty: presence, frequencyPenalty: frequency } = settings;
  if (repetition === 1 && presence === 0 && frequency === 0) return logits;
  const scores = logits.slice();
  if (repetition !== 1) {
    for (const token of new Set([...history.prompt, ...history.generated])) {
      const score = scores[token] as number;
      scores[token] = score > 0 ? score / repetition : score * repetition;
    }
  }
  for (const token of history.generated) scores[token] = (scores[token] as number) - frequency;
  for (const token of new Set(history.generated)) scores[token] = (scores[token] as number) - presence;
  return scores;
}

function sample(scores: Float32Array, settings: SamplingSettings, random: Random): number {
  const { temperature, topK, topP } = settings;
  const limited = topK < scores.length ? largest(scores, topK) : undefined;
  const most = limited === undefined ? scores[argMax(scores)] : scores[limited[0] as number];
  const weight = (token: number) => Math.exp(((scores[token] as number) - (most as number)) / temperature);
  const candidates = limited ?? scores.keys().toArray();
  const weights = Float64Array.from(candidates, weight);
  return topP < 1 ? drawNucleus(candidates, weights, { topP, random }) : draw(candidates, weights, random);
}

function draw(candidates: readonly number[], weights: Float64Array, random: Random): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] as number;
    if (left < 0) return candidates[i] as number;
  }
  // Rounding can leave a sliver; the last token that has any weight takes it.
  return candidates[weights.findLastIndex((weight) => weight > 0)] as number;
}

type Nucleus = { readonly topP: number; readonly random: Random };

function drawNucleus(
  candidates: readonly number[],
  weights: Float64Array,
  { topP, random }: Nucleus,
): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // Tokens below this sum to less than 1 - topP together, so none of them is in the nucleus: few are left to sort.
  const least = ((1 - topP) * total) / weights.length;
  const order: number[] = [];
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) >= least) order.push(i);
  order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  let sum = 0;
  const kept = order.findIndex((i) => {
    sum += weights[i] as number;
    return sum >= topP * total;
  });
  const nucleus = kept < 0 ? order : order.slice(0, kept + 1);
  return draw(
    nucleus.map((i) => candidates[i] as number),
    Float64Array.from(nucleus, (i) => weights[i] as number),
    random,
  );
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
