// Measures a model on the held-out pairs: one pass gives the loss and, against another model's pass, the rewards.
import type { HostTensor } from '../../../engine/index.ts';
import type { CausalModel } from '../../../models/index.ts';
import { answerLogProbs, type EncodedPair, ForwardRunner, pairRows } from '../../../training/index.ts';

/** A model in memory. */
export type ModelInMemory = {
  readonly model: CausalModel;
  readonly parameters: Readonly<Record<string, HostTensor>>;
};

/** What a model makes of the held-out answers. */
export type AnswerScores = {
  /** Sum of the log-probabilities of each answer, nats. */
  readonly chosen: Float32Array;
  readonly rejected: Float32Array;
  /** Mean negative log-likelihood per token of all chosen (helpful) answers, nats; ends of text count. */
  readonly chosenLoss: number;
  /** The same of the rejected (curt) answers. */
  readonly rejectedLoss: number;
};

/** Rewards: beta (log pi - log pi_reference), as means over the pairs. */
export type Rewards = {
  /** Share of the pairs whose chosen answer has strictly the higher reward: a tie does not count. */
  readonly accuracy: number;
  /** Mean of chosen minus rejected reward. */
  readonly margin: number;
};

/** Pairs of one forward pass. Every model is measured in the same batches: equal models then have equal sums to the bit. */
const batchSize = 32;

/** Log-probabilities of both answers of every pair. */
export async function scoreAnswers(
  { model, parameters }: ModelInMemory,
  pairs: readonly EncodedPair[],
  { padId }: { readonly padId: number },
): Promise<AnswerScores> {
  const runner = new ForwardRunner(model, answerLogProbs, {
    metrics: false,
    recompute: false,
    session: { threads: 0 },
    parameters: new Map(Object.entries(parameters)),
  });
  const chosen = new Float32Array(pairs.length);
  const rejected = new Float32Array(pairs.length);
  const tokens = { chosen: 0, all: 0 };
  try {
    for (let start = 0; start < pairs.length; start += batchSize) {
      const rows = pairRows(pairs.slice(start, start + batchSize), { padId });
      const { metrics } = await runner.run(rows);
      chosen.set(metrics.chosen ?? [], start);
      rejected.set(metrics.rejected ?? [], start);
      tokens.chosen += sum(rows.isChosen);
      tokens.all += rows.isChosen.length;
    }
  } finally {
    await runner.close();
  }
  return {
    chosen,
    rejected,
    chosenLoss: -sum(chosen) / tokens.chosen,
    rejectedLoss: -sum(rejected) / (tokens.all - tokens.chosen),
  };
}

/** Rewards of a model against the reference, which is the model after SFT. */
export function rewardsOf(policy: AnswerScores, reference: AnswerScores, beta: number): Rewards {
  const margins = Array.from(policy.chosen, (value, i) => {
    const chosen = value - (reference.chosen[i] as number);
    const rejected = (policy.rejected[i] as number) - (reference.rejected[i] as number);
    return beta * (chosen - rejected);
  });
  const higher = margins.filter((margin) => margin > 0).length;
  return { accuracy: higher / margins.length, margin: sum(margins) / margins.length };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
