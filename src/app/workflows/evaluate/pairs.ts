// Measures preference pairs: which answer the model finds likelier, and what it gained against a reference model.
import { InputError } from '../../../core/index.ts';
import {
  answerLogProbs,
  computeLogProbs,
  type EncodedPair,
  evaluatePairs,
  ForwardRunner,
  preferenceObjective,
} from '../../../training/index.ts';
import { findModel, loadSource, type SourceModel } from '../../model-source.ts';
import { type Evaluation, type EvaluationContext, forwardOptions, trainedTokens } from './context.ts';

type LogProbs = { readonly chosen: Float32Array; readonly rejected: Float32Array };

/** Without a reference the log-probabilities alone; with one the loss and TRL's rewards too. */
export async function pairMetrics(
  pairs: readonly EncodedPair[],
  context: EvaluationContext,
): Promise<Pick<Evaluation, 'examples' | 'trained_tokens' | 'metrics'>> {
  const { source, request, tokenizer, control, batchSize } = context;
  const layout = { padId: tokenizer.padTokenId ?? 0 };
  const counts = {
    examples: pairs.length,
    trained_tokens: trainedTokens(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected])),
  };
  const logProbs = await logProbsOf(source, pairs, context);
  const metrics = likelihoodMetrics(pairs, logProbs);
  if (request.reference === undefined) return { ...counts, metrics };
  const reference = await logProbsOf(await loadReference(request.reference, source), pairs, context);
  const referenced = pairs.map((pair, i) => ({
    pair,
    chosen: reference.chosen[i] as number,
    rejected: reference.rejected[i] as number,
  }));
  const objective = preferenceObjective({ loss: 'sigmoid', beta: request.beta ?? 0.1, labelSmoothing: 0 });
  const runner = new ForwardRunner(source.model, objective, forwardOptions(source, request));
  try {
    const rewards = await evaluatePairs(runner, referenced, { layout, batchSize, control });
    return { ...counts, metrics: { ...rewards, ...metrics } };
  } finally {
    await runner.close();
  }
}

async function loadReference(directory: string, policy: SourceModel): Promise<SourceModel> {
  const reference = await loadSource(await findModel(directory));
  if (reference.model.vocabSize === policy.model.vocabSize) return reference;
  throw new InputError(
    `Cannot use '${directory}' as the reference: it has ${reference.model.vocabSize} tokens, the model ` +
      `${policy.model.vocabSize}; give a reference with the same tokenizer`,
  );
}

async function logProbsOf(
  source: SourceModel,
  pairs: readonly EncodedPair[],
  { request, tokenizer, control, batchSize }: EvaluationContext,
): Promise<LogProbs> {
  const runner = new ForwardRunner(source.model, answerLogProbs, forwardOptions(source, request));
  try {
    const layout = { padId: tokenizer.padTokenId ?? 0 };
    // In their own order and batches, as evaluatePairs takes them: a tie is one to the bit
    return await computeLogProbs(pairs, runner, { layout, batchSize, heldFrom: 0, control });
  } finally {
    await runner.close();
  }
}

function likelihoodMetrics(
  pairs: readonly EncodedPair[],
  { chosen, rejected }: LogProbs,
): Record<string, number> {
  const mean = (value: (pair: EncodedPair, chosen: number, rejected: number) => number) =>
    pairs.reduce((sum, pair, i) => sum + value(pair, chosen[i] as number, rejected[i] as number), 0) /
    pairs.length;
  const perToken = (sum: number, side: EncodedPair['chosen']) => sum / Math.max(1, trainedTokens([side]));
  return {
    'logps/accuracies': mean((_, c, r) => (c > r ? 1 : 0)),
    'logps/accuracies_per_token': mean((pair, c, r) =>
      perToken(c, pair.chosen) > perToken(r, pair.rejected) ? 1 : 0,
    ),
    'logps/margins': mean((_, c, r) => c - r),
    'logps/chosen': mean((_, c) => c),
    'logps/rejected': mean((_, __, r) => r),
  };
}
