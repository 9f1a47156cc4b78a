// Lays encoded sequences out in rows, one each, or several packed into one.
import type { TrainedSequence } from './pair-rows.ts';
import type { TokenRows } from './rows.ts';

/** A row of one or more documents. */
export type SequenceRow = TrainedSequence & {
  /** Position of each token in its document. Default: its index. */
  readonly positions?: ArrayLike<number>;
  /** Document of each token. Default: one document. */
  readonly documents?: ArrayLike<number>;
};

/** One row per sequence, padded at the end. */
export function sequenceRows(
  sequences: readonly SequenceRow[],
  { padId, multipleOf = 8 }: { readonly padId: number; readonly multipleOf?: number },
): TokenRows {
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  const size = sequences.length * length;
  const ids = new Int32Array(size).fill(padId);
  const positions = new Int32Array(size);
  const documents = new Int32Array(size);
  const packed = sequences.some((sequence) => sequence.documents !== undefined);
  const sources: number[] = [];
  const labels: number[] = [];
  sequences.forEach((sequence, row) => {
    for (let i = 0; i < sequence.ids.length; i++) {
      const at = row * length + i;
      ids[at] = sequence.ids[i] as number;
      positions[at] = sequence.positions?.[i] ?? i;
      documents[at] = sequence.documents?.[i] ?? 1;
      if (!sequence.trained[i] || positions[at] === 0) continue;
      sources.push(at - 1);
      labels.push(ids[at] as number);
    }
  });
  const rows = { rows: sequences.length, length, ids, positions };
  return {
    ...rows,
    ...(packed ? { documents } : {}),
    sources: Int32Array.from(sources),
    labels: Int32Array.from(labels),
  };
}
