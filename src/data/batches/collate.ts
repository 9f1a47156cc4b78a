// Puts sequences into rectangular typed arrays, padded on the right.
import { InputError } from '../../core/index.ts';

/** A sequence of tokens as the text layer encodes it; packed rows also say where their documents are. */
export type Sequence = {
  readonly ids: ArrayLike<number>;
  /** `trained[i]`: token i is a target of the loss. */
  readonly trained: ArrayLike<boolean>;
  /** Position of each token within its document. Default: its index. */
  readonly positions?: ArrayLike<number>;
  /** Document of each token, from 1. Default: 1. */
  readonly documents?: ArrayLike<number>;
};

/** Options of {@link collateSft} and {@link collatePreference}. */
export type CollateOptions = {
  /** The id that fills the right; it may be that of a real token, as the masks say what is padding. */
  readonly padId: number;
  /** Rounds the length up to a multiple, so that few shapes occur. @default 1 */
  readonly multipleOf?: number;
  /** The exact length of each row; longer sequences are refused. */
  readonly length?: number;
};

/** A batch of shape [rows, length]; all arrays are row-major. */
export type Batch = {
  readonly rows: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  /** 1 for tokens, 0 for padding. */
  readonly attentionMask: Int32Array;
  /** 1 where the token is a target of the loss. */
  readonly lossMask: Int32Array;
  /** Restarts at 0 with each document. */
  readonly positionIds: Int32Array;
  /** 0 for padding, then 1, 2, ...: tokens attend only to their own document. */
  readonly documentIds: Int32Array;
  /** Targets of the loss in the batch. */
  readonly trainedTokens: number;
};

/** One row per sequence. Throws InputError for an empty batch or a sequence longer than `length`. */
export function collateSft(sequences: readonly Sequence[], options: CollateOptions): Batch {
  const rows = sequences.length;
  const length = rowLength(sequences, options);
  const size = rows * length;
  const batch = {
    inputIds: new Int32Array(size).fill(options.padId),
    attentionMask: new Int32Array(size),
    lossMask: new Int32Array(size),
    positionIds: new Int32Array(size),
    documentIds: new Int32Array(size),
  };
  let trainedTokens = 0;
  sequences.forEach((sequence, row) => {
    for (let index = 0; index < sequence.ids.length; index++) {
      const at = row * length + index;
      batch.inputIds[at] = sequence.ids[index] as number;
      batch.attentionMask[at] = 1;
      batch.positionIds[at] = sequence.positions?.[index] ?? index;
      batch.documentIds[at] = sequence.documents?.[index] ?? 1;
      if (sequence.trained[index] !== true) continue;
      batch.lossMask[at] = 1;
      trainedTokens++;
    }
  });
  return { rows, length, ...batch, trainedTokens };
}

/** Two rows per pair: all chosen ones, then all rejected ones in the same order. */
export function collatePreference(
  pairs: readonly { readonly chosen: Sequence; readonly rejected: Sequence }[],
  options: CollateOptions,
): Batch {
  return collateSft([...pairs.map((pair) => pair.chosen), ...pairs.map((pair) => pair.rejected)], options);
}

function rowLength(sequences: readonly Sequence[], options: CollateOptions): number {
  if (sequences.length === 0) throw new InputError('Cannot collate a batch: it is empty; give it an example');
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const { length, multipleOf = 1 } = options;
  if (length === undefined) return Math.ceil(longest / multipleOf) * multipleOf;
  if (longest <= length) return length;
  throw new InputError(
    `Cannot collate a batch of length ${length}: a sequence has ${longest} tokens; shorten it`,
  );
}
