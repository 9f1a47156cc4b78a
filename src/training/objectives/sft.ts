// Supervised fine-tuning: negative log-likelihood of the trained tokens, each weighted by the caller.
import {
  crossEntropy,
  float32,
  type HostTensors,
  input,
  mul,
  reduceMean,
  reduceSum,
} from '../../engine/index.ts';
import type { CausalModel, Weights } from '../../models/index.ts';
import type { BuildOptions, Objective, ObjectiveGraph } from './objective.ts';
import { predictRows, type RowsKey, rowsFeeds, rowsKey, type TokenRows } from './rows.ts';
import { entropies, hits } from './token-metrics.ts';

/** A micro-batch and the weight of each predicted token in the loss. */
export type SftBatch = {
  readonly rows: TokenRows;
  /** float32[M]: 1 / N each, N the trained tokens of the whole effective batch, so that micro-batches add up to its mean. */
  readonly tokenWeights: Float32Array;
};

/** Weights that make the sum over micro-batches the mean over all their trained tokens. */
export function tokenMeanWeights(count: number, totalTokens: number): Float32Array {
  return new Float32Array(count).fill(1 / totalTokens);
}

/**
 * The SFT objective. Metrics: `entropy` (nats) and `mean_token_accuracy`, means over the trained tokens.
 */
export const sftObjective: Objective<SftBatch> = {
  name: 'sft',
  key: (batch) => rowsKey(batch.rows),
  build: buildSft,
  feeds: (batch): HostTensors => ({
    ...rowsFeeds(batch.rows),
    tokenWeights: float32(batch.tokenWeights, [batch.tokenWeights.length]),
  }),
};

function buildSft(
  model: CausalModel,
  weights: Weights,
  options: BuildOptions & { readonly key: string },
): ObjectiveGraph {
  const { hidden, labels } = predictRows(model, weights, {
    key: options.key as RowsKey,
    recompute: options.recompute,
  });
  const { losses, logProbs } = crossEntropy(model.logits(weights, hidden), labels);
  const loss = reduceSum(mul(losses, input('tokenWeights', 'float32', ['M'])));
  if (!options.metrics) return { loss, metrics: {} };
  return {
    loss,
    metrics: {
      entropy: reduceMean(entropies(logProbs)),
      mean_token_accuracy: reduceMean(hits(logProbs, labels)),
    },
  };
}
