// Lays pairs of answers out in rows: the prompt once, then the chosen and the rejected answer as branches of it.
import type { PairRows } from './preference.ts';
import type { TokenRows } from './rows.ts';

/** An encoded sequence: its ids and which of them are to be predicted. */
export type TrainedSequence = { readonly ids: ArrayLike<number>; readonly trained: ArrayLike<boolean> };

export type EncodedPair = { readonly chosen: TrainedSequence; readonly rejected: TrainedSequence };

/** Rows and the id that fills their ends. Padding changes no result: nothing looks at it, nothing is predicted there. */
export type LayoutOptions = {
  readonly padId: number;
  /** Rounds the row length up, so that runs see few shapes. @default 8 */
  readonly multipleOf?: number;
  /** Lays the two answers out in rows of their own, as TRL does, computing the prompt twice. @default true */
  readonly sharePrompt?: boolean;
};

type Predicted = { readonly source: number; readonly label: number; readonly chosen: boolean };
type Row = {
  readonly ids: number[];
  readonly positions: number[];
  readonly branches: number[];
  readonly predicted: Predicted[];
};

/**
 * One row per pair (or two, see {@link LayoutOptions.sharePrompt}). The shared prompt is computed once: an answer
 * sees the prompt and itself, never the other answer, and positions go on from the prompt for both.
 */
export function pairRows(pairs: readonly EncodedPair[], options: LayoutOptions): PairRows {
  const share = options.sharePrompt ?? true;
  const layouts = share ? pairs.map((pair) => [sharedRow(pair)]) : pairs.map((pair) => separateRows(pair));
  // Chosen rows first, then rejected rows
  const order = share ? layouts.flat() : [0, 1].flatMap((side) => layouts.map((rows) => rows[side] as Row));
  const owner = new Map<Row, number>();
  layouts.forEach((rows, pair) => {
    for (const row of rows) owner.set(row, pair);
  });
  const predicted = order.flatMap((row) =>
    row.predicted.map((token) => ({ ...token, pair: owner.get(row) as number })),
  );
  return {
    rows: stackRows(order, { ...options, branched: share }),
    pairs: pairs.length,
    owners: Int32Array.from(predicted, (token) => token.pair),
    isChosen: Float32Array.from(predicted, (token) => (token.chosen ? 1 : 0)),
  };
}

/** Number of tokens at the start that both answers share and neither predicts. */
export function sharedLength({ chosen, rejected }: EncodedPair): number {
  let length = 0;
  const most = Math.min(chosen.ids.length, rejected.ids.length);
  while (
    length < most &&
    chosen.ids[length] === rejected.ids[length] &&
    !chosen.trained[length] &&
    !rejected.trained[length]
  ) {
    length++;
  }
  return length;
}

function sharedRow(pair: EncodedPair): Row {
  const shared = sharedLength(pair);
  const row: Row = { ids: [], positions: [], branches: [], predicted: [] };
  appendTokens(row, pair.chosen, { from: 0, to: shared, branch: 0, chosen: true, shared });
  appendTokens(row, pair.chosen, {
    from: shared,
    to: pair.chosen.ids.length,
    branch: 1,
    chosen: true,
    shared,
  });
  appendTokens(row, pair.rejected, {
    from: shared,
    to: pair.rejected.ids.length,
    branch: 2,
    chosen: false,
    shared,
  });
  return row;
}

function separateRows({ chosen, rejected }: EncodedPair): Row[] {
  return [chosen, rejected].map((sequence, side) => {
    const row: Row = { ids: [], positions: [], branches: [], predicted: [] };
    appendTokens(row, sequence, {
      from: 0,
      to: sequence.ids.length,
      branch: 0,
      chosen: side === 0,
      shared: 0,
    });
    return row;
  });
}

type Span = {
  readonly from: number;
  readonly to: number;
  readonly branch: number;
  readonly chosen: boolean;
  readonly shared: number;
};

function appendTokens(row: Row, sequence: TrainedSequence, { from, to, branch, chosen, shared }: Span): void {
  for (let i = from; i < to; i++) {
    const at = row.ids.length;
    // The first token of a branch is predicted by the last one of the trunk
    const source = i === from && from === shared ? shared - 1 : at - 1;
    if (sequence.trained[i] && i > 0)
      row.predicted.push({ source, label: sequence.ids[i] as number, chosen });
    row.ids.push(sequence.ids[i] as number);
    row.positions.push(i);
    row.branches.push(branch);
  }
}

function stackRows(rows: readonly Row[], options: LayoutOptions & { readonly branched: boolean }): TokenRows {
  const { padId, multipleOf = 8, branched } = options;
  const longest = rows.reduce((most, row) => Math.max(most, row.ids.length), 1);
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  const size = rows.length * length;
  const ids = new Int32Array(size).fill(padId);
  const positions = new Int32Array(size);
  const branches = new Int32Array(size);
  rows.forEach((row, r) => {
    ids.set(row.ids, r * length);
    positions.set(row.positions, r * length);
    branches.set(row.branches, r * length);
  });
  const at = (pick: (token: Predicted, row: number) => number) =>
    Int32Array.from(rows.flatMap((row, r) => row.predicted.map((token) => pick(token, r))));
  return {
    rows: rows.length,
    length,
    ids,
    positions,
    ...(branched ? { branches } : {}),
    sources: at((token, r) => r * length + token.source),
    labels: at((token) => token.label),
  };
}
