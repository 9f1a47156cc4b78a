// From the scores of the next token to the token.
import { NumericError, type Random } from '../../core/index.ts';
import { keepNucleus } from './nucleus.ts';
import type { GenerationSettings } from './options.ts';
import { argMax, expOfNegative, largest, logSumExp } from './scores.ts';

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
  const likeliest = argMax(logits);
  const normalizer = logSumExp(logits, logits[likeliest] as number);
  const scored = (token: number): ScoredToken => ({ token, logProb: (logits[token] as number) - normalizer });
  const scores = changedScores(logits, settings, { history, mask });
  const best = scores === logits ? likeliest : argMax(scores);
  if (scores[best] === Number.NEGATIVE_INFINITY)
    throw new NumericError('Cannot choose the next token: the constraint permits none; loosen it');
  const token = settings.temperature === 0 ? best : sample(scores, settings, { best, random });
  const alternatives = settings.alternatives === 0 ? [] : largest(logits, settings.alternatives).map(scored);
  return { ...scored(token), alternatives };
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

function sample(
  scores: Float32Array,
  settings: SamplingSettings,
  { best, random }: { readonly best: number; readonly random: Random },
): number {
  const { topK, topP } = settings;
  const limited = topK < scores.length ? largest(scores, topK) : undefined;
  const considered =
    limited === undefined ? scores : Float32Array.from(limited, (token) => scores[token] as number);
  const { at, weights, total } = weigh(considered, settings, scores[best] as number);
  const kept = topP < 1 ? keepNucleus(weights, total, topP) : total;
  const drawn = at[draw(weights, random.uniform() * kept)] as number;
  return limited === undefined ? drawn : (limited[drawn] as number);
}

/** exp(score / temperature), the largest 1, of all that may be drawn; the total is that of all scores. */
function weigh(
  scores: Float32Array,
  { temperature, topP }: SamplingSettings,
  most: number,
): { readonly at: Uint32Array; readonly weights: Float32Array; readonly total: number } {
  // What lies below this sums to less than the rest, 1 - topP, so none of it is in the nucleus: few are left.
  const least = (1 - topP) / scores.length;
  const at = new Uint32Array(scores.length);
  const weights = new Float32Array(scores.length);
  const total = fillWeights(weights, scores, { most, temperature });
  const count = moveUp(weights, at, least);
  return { at, weights: weights.subarray(0, count), total };
}

function fillWeights(
  weights: Float32Array,
  scores: Float32Array,
  { most, temperature }: { readonly most: number; readonly temperature: number },
): number {
  const scale = 1 / temperature;
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = scores.length - (scores.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += weights[i] = expOfNegative(((scores[i] as number) - most) * scale);
    b += weights[i + 1] = expOfNegative(((scores[i + 1] as number) - most) * scale);
    c += weights[i + 2] = expOfNegative(((scores[i + 2] as number) - most) * scale);
    d += weights[i + 3] = expOfNegative(((scores[i + 3] as number) - most) * scale);
  }
  for (let i = whole; i < scores.length; i++)
    a += weights[i] = expOfNegative(((scores[i] as number) - most) * scale);
  return a + b + c + d;
}

/** Moves the weights above `least` to the front, and says where each was. Returns their number. */
function moveUp(weights: Float32Array, at: Uint32Array, least: number): number {
  let count = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight <= least) continue;
    at[count] = i;
    weights[count++] = weight;
  }
  return count;
}

/** The first index at which the running sum exceeds `target`. */
function draw(weights: Float32Array, target: number): number {
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
