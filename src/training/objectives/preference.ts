// Preference optimisation: a loss over the log-probabilities of a chosen and a rejected answer to each prompt.
// P pairs, M predicted tokens of both sides together.
import {
  cast,
  crossEntropy,
  div,
  equal,
  float32,
  type HostTensors,
  input,
  int64,
  matMul,
  maximum,
  mul,
  neg,
  reduceMean,
  reduceSum,
  reshape,
  stopGradient,
  sub,
  type Tensor,
} from '../../engine/index.ts';
import type { CausalModel, Weights } from '../../models/index.ts';
import {
  checkPairLossOptions,
  type PairLossName,
  type PairLossOptions,
  pairLosses,
  pairMetrics,
} from '../losses/index.ts';
import type { BuildOptions, Objective, ObjectiveGraph } from './objective.ts';
import { column, predictRows, type RowsKey, rowsFeeds, rowsKey, type TokenRows } from './rows.ts';
import { entropies, hits, meanLogits } from './token-metrics.ts';

/** Pairs as rows, and which predicted token belongs to which answer. */
export type PairRows = {
  readonly rows: TokenRows;
  readonly pairs: number;
  /** [M]: the pair that each predicted token belongs to. */
  readonly owners: Int32Array;
  /** [M]: 1 where it belongs to the pair's chosen answer, 0 where to the rejected one. */
  readonly isChosen: Float32Array;
};

/** Log-probability sums of both answers, float32[P] each. */
export type AnswerLogProbs = { readonly chosen: Float32Array; readonly rejected: Float32Array };

/** A micro-batch of pairs with the reference model's log-probabilities. */
export type PreferenceBatch = PairRows & {
  /** Sums over each answer under the reference. */
  readonly reference: AnswerLogProbs;
  /** Weight of each pair in the loss: 1 / pairs of the whole effective batch. */
  readonly pairWeight: number;
};

export type PreferenceOptions = PairLossOptions & {
  readonly loss: PairLossName;
  /** Leaves the reference out of the loss; the rewards keep it. @default false */
  readonly referenceFree?: boolean;
};

/** The preference objective; its metrics are TRL's (`rewards/chosen`, ... as means over the micro-batch). */
export function preferenceObjective(options: PreferenceOptions): Objective<PreferenceBatch> {
  checkPairLossOptions(options.loss, options);
  return {
    name: `preference:${options.loss}`,
    key: (batch) => rowsKey(batch.rows),
    build: (model, weights, build) => buildPreference(model, weights, { ...build, preference: options }),
    feeds: (batch) => ({
      ...answerFeeds(batch),
      'reference:chosen': float32(batch.reference.chosen, [batch.pairs]),
      'reference:rejected': float32(batch.reference.rejected, [batch.pairs]),
      pairWeight: float32(Float32Array.of(batch.pairWeight), []),
    }),
  };
}

/** Log-probability sums of both answers (metrics `chosen` and `rejected`): the reference's part, computed once. */
export const answerLogProbs: Objective<PairRows> = {
  name: 'answer-log-probs',
  key: (batch) => rowsKey(batch.rows),
  build: (model, weights, options) => {
    const { chosen, rejected } = predictAnswers(model, weights, options);
    return {
      loss: reduceSum(sub(chosen.sums, rejected.sums)),
      metrics: { chosen: chosen.sums, rejected: rejected.sums },
    };
  },
  feeds: answerFeeds,
};

function answerFeeds(batch: PairRows): HostTensors {
  return {
    ...rowsFeeds(batch.rows),
    owners: int64(batch.owners, [batch.owners.length]),
    isChosen: float32(batch.isChosen, [batch.isChosen.length]),
    pairs: int64(
      Array.from({ length: batch.pairs }, (_, i) => i),
      [batch.pairs],
    ),
  };
}

/** One side of all pairs: log-probability sums and token counts [P], and 1 where a token belongs to it, [P, M]. */
type Side = { readonly sums: Tensor; readonly lengths: Tensor; readonly membership: Tensor };

type Answers = {
  readonly chosen: Side;
  readonly rejected: Side;
  readonly logits: Tensor;
  readonly logProbs: Tensor;
  readonly labels: Tensor;
};

function predictAnswers(
  model: CausalModel,
  weights: Weights,
  options: BuildOptions & { readonly key: string },
): Answers {
  const { hidden, labels } = predictRows(model, weights, {
    key: options.key as RowsKey,
    recompute: options.recompute,
  });
  const logits = model.logits(weights, hidden);
  const { losses, logProbs } = crossEntropy(logits, labels);
  const pairs = reshape(input('pairs', 'int64', ['P']), ['P', 1]);
  const own = cast(equal(pairs, reshape(input('owners', 'int64', ['M']), [1, 'M'])), 'float32');
  const isChosen = reshape(input('isChosen', 'float32', ['M']), [1, 'M']);
  const side = (belongs: Tensor): Side => {
    const membership = mul(own, belongs);
    return {
      sums: sumBy(membership, neg(losses)),
      lengths: reduceSum(membership, { axes: [1] }),
      membership,
    };
  };
  return { chosen: side(isChosen), rejected: side(sub(1, isChosen)), logits, logProbs, labels };
}

/** Sums values [M] by membership [P, M]. */
function sumBy(membership: Tensor, values: Tensor): Tensor {
  return reshape(matMul(membership, column(values)), ['P']);
}

function buildPreference(
  model: CausalModel,
  weights: Weights,
  options: BuildOptions & { readonly key: string; readonly preference: PreferenceOptions },
): ObjectiveGraph {
  const answers = predictAnswers(model, weights, options);
  const [chosen, rejected] = [answers.chosen.sums, answers.rejected.sums];
  const referenceChosen = input('reference:chosen', 'float32', ['P']);
  const referenceRejected = input('reference:rejected', 'float32', ['P']);
  const { preference } = options;
  const inputs = {
    chosen,
    rejected,
    referenceChosen,
    referenceRejected,
    chosenLength: answers.chosen.lengths,
    rejectedLength: answers.rejected.lengths,
  };
  const lossInputs = preference.referenceFree
    ? { ...inputs, referenceChosen: mul(referenceChosen, 0), referenceRejected: mul(referenceRejected, 0) }
    : inputs;
  const losses = pairLosses[preference.loss].loss(lossInputs, preference);
  const loss = mul(reduceSum(losses), input('pairWeight', 'float32', []));
  const perPair = Object.entries(pairMetrics(preference.loss, inputs, preference));
  const metrics = Object.fromEntries(
    perPair.map(([name, values]) => [name, reduceMean(stopGradient(values))]),
  );
  return { loss, metrics: options.metrics ? { ...metrics, ...tokenMetrics(answers) } : metrics };
}

function tokenMetrics({ chosen, rejected, logits, logProbs, labels }: Answers): Record<string, Tensor> {
  // Over the tokens of one side: the sum over its answers by their total length
  const meanOf = (values: Tensor, side: Side) =>
    div(reduceSum(sumBy(side.membership, values)), maximum(reduceSum(side.lengths), 1));
  const scores = meanLogits(logits);
  return {
    'logits/chosen': meanOf(scores, chosen),
    'logits/rejected': meanOf(scores, rejected),
    entropy: reduceMean(entropies(logProbs)),
    mean_token_accuracy: meanOf(hits(logProbs, labels), chosen),
  };
}
