// Rows of tokens as inputs of a graph: ids, positions, who may look at whom, and which tokens are predicted.
// B rows, T length, M predicted tokens.
import {
  type Dim,
  gatherRows,
  type HostTensor,
  type HostTensors,
  input,
  int64,
  reshape,
  type Tensor,
} from '../../engine/index.ts';
import { type CausalModel, causalBias, documentBias, type Weights } from '../../models/index.ts';
import type { BuildOptions } from './objective.ts';

/** Rows for one forward pass. */
export type TokenRows = {
  readonly rows: number;
  readonly length: number;
  /** [rows * length] */
  readonly ids: Int32Array;
  /** [rows * length]: position of each token in its document. */
  readonly positions: Int32Array;
  /** [rows * length]: which document a token belongs to; absent when each row is one document from its start. */
  readonly documents?: Int32Array;
  /** [rows * length]: 0 is seen by all later tokens of the document, another branch only by itself. */
  readonly branches?: Int32Array;
  /** [M]: flat index of the position that predicts. */
  readonly sources: Int32Array;
  /** [M]: the id to be predicted there. */
  readonly labels: Int32Array;
};

/** How a graph's rows attend: the part of its key that `TokenRows` decides. */
export type RowsKey = 'plain' | 'packed';

export function rowsKey(rows: TokenRows): RowsKey {
  return rows.documents === undefined && rows.branches === undefined ? 'plain' : 'packed';
}

/** Hidden states of the predicting positions, [M, hidden], and the labels they are to predict, int64[M]. */
export type Predictions = { readonly hidden: Tensor; readonly labels: Tensor };

/** Declares the inputs of {@link rowsFeeds} and runs the model over them. */
export function predictRows(
  model: CausalModel,
  weights: Weights,
  { key, recompute }: Pick<BuildOptions, 'recompute'> & { readonly key: RowsKey },
): Predictions {
  const shape: readonly Dim[] = ['B', 'T'];
  const ids = input('ids', 'int64', shape);
  const positions = input('positions', 'int64', shape);
  const bias =
    key === 'plain'
      ? causalBias('T', model.slidingWindow)
      : documentBias(
          {
            documents: input('documents', 'int64', shape),
            branches: input('branches', 'int64', shape),
            positions,
          },
          model.slidingWindow,
        );
  const { hidden } = model.forward(weights, { ids, positions, attentionBias: bias, recompute });
  const sources = input('sources', 'int64', ['M']);
  return { hidden: gatherRows(hidden, sources), labels: input('labels', 'int64', ['M']) };
}

/** The inputs that {@link predictRows} declares, filled. */
export function rowsFeeds(rows: TokenRows): HostTensors {
  const shape = [rows.rows, rows.length];
  const targets = [rows.labels.length];
  const feeds: Record<string, HostTensor> = {
    ids: int64(rows.ids, shape),
    positions: int64(rows.positions, shape),
    sources: int64(rows.sources, targets),
    labels: int64(rows.labels, targets),
  };
  if (rowsKey(rows) === 'plain') return feeds;
  const none = new Int32Array(rows.rows * rows.length);
  feeds.documents = int64(rows.documents ?? none, shape);
  feeds.branches = int64(rows.branches ?? none, shape);
  return feeds;
}

/** A vector [M] seen as a column [M, 1]. */
export function column(x: Tensor): Tensor {
  return reshape(x, [x.shape[0] as Dim, 1]);
}
