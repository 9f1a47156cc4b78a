// From the scores of the next token to the token.
import { NumericError, type Random } from '../../core/index.ts';
import { keepNucleus } from './nucleus.ts';
import type { GenerationSettings } from './options.ts';
import { argMax, expOfNegative, indicesAbove, largest, logSumExp, valuesAt } from './scores.ts';

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
  const { temperature, topK, topP } = settings;
  const limited = topK < scores.length ? largest(scores, topK) : undefined;
  const considered =
    limited === undefined ? scores : Float32Array.from(limited, (token) => scores[token] as number);
  const weights = new Float32Array(considered.length);
  const total = fillWeights(weights, considered, { most: scores[best] as number, temperature });
  const drawn =
    topP < 1 ? drawNucleus(weights, { total, topP, random }) : draw(weights, random.uniform() * total);
  return limited === undefined ? drawn : (limited[drawn] as number);
}

/** Draws among the largest weights that sum to `topP` of the total. */
function drawNucleus(
  weights: Float32Array,
  { total, topP, random }: { readonly total: number; readonly topP: number; readonly random: Random },
): number {
  // What lies below this sums to less than the rest, 1 - topP, so none of it is in the nucleus: few are left.
  const at = indicesAbove(weights, ((1 - topP) * total) / weights.length);
  const few = valuesAt(weights, at);
  const kept = keepNucleus(few, total, topP);
  return at[draw(few, random.uniform() * kept)] as number;
}

/** exp(score / temperature), the largest 1. Returns their sum. */
function fillWeights(
  weights: Float32Array,
  scores: Float32Array,
  { most, temperature }: { readonly most: number; readonly temperature: number },
): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < scores.length; i += 4) {
    a += weights[i] = expOfNegative(((scores[i] as number) - most) / temperature);
    b += weights[i + 1] = expOfNegative(((scores[i + 1] as number) - most) / temperature);
    c += weights[i + 2] = expOfNegative(((scores[i + 2] as number) - most) / temperature);
    d += weights[i + 3] = expOfNegative(((scores[i + 3] as number) - most) / temperature);
  }
  for (; i < scores.length; i++)
    a += weights[i] = expOfNegative(((scores[i] as number) - most) / temperature);
  return a + b + c + d;
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
