// Packs short sequences into rows of one length by best-fit decreasing (Ding et al., 2024, arXiv:2404.10830).
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

/** Options of {@link packSequences}. */
export type PackOptions = {
  /** Tokens per row. */
  readonly length: number;
  /** What happens to a longer sequence: `bfd` cuts its end off, `bfd_split` goes on with it as another document. */
  readonly strategy?: 'bfd' | 'bfd_split';
};

/** A row of one or more documents; no document's first token is trained, so nothing is learnt across a seam. */
export type PackedRow = {
  readonly ids: Int32Array;
  readonly trained: readonly boolean[];
  readonly positions: Int32Array;
  /** From 1. */
  readonly documents: Int32Array;
  readonly sequenceLengths: readonly number[];
  /** Which of the given sequences the documents are, by index. */
  readonly sources: readonly number[];
};

type Piece = {
  readonly index: number;
  readonly source: Sequence;
  readonly start: number;
  readonly length: number;
};

/** Rows of at most `length` tokens. Throws InputError where cutting a sequence leaves it without a trained token. */
export function packSequences(sequences: readonly Sequence[], options: PackOptions): PackedRow[] {
  const { length, strategy = 'bfd' } = options;
  if (!Number.isInteger(length) || length < 1)
    throw new InputError(`Cannot pack sequences: 'length' must be a positive integer, it is ${length}`);
  const pieces = sequences.flatMap((source, index) =>
    strategy === 'bfd_split' ? splitPieces({ source, index }, length) : [cutPiece({ source, index }, length)],
  );
  pieces.sort((a, b) => b.length - a.length);
  return placePieces(pieces, length).map(joinPieces);
}

type Indexed = Pick<Piece, 'source' | 'index'>;

function cutPiece({ source, index: given }: Indexed, length: number): Piece {
  if (source.ids.length <= length) return { index: given, source, start: 0, length: source.ids.length };
  for (let index = 1; index < length; index++)
    if (source.trained[index]) return { index: given, source, start: 0, length };
  throw new InputError(
    `Cannot pack a sequence of ${source.ids.length} tokens into rows of ${length}: none of its trained tokens would be ` +
      'left; raise the length or shorten its prompt',
  );
}

function splitPieces({ source, index: given }: Indexed, length: number): Piece[] {
  const count = Math.ceil(source.ids.length / length);
  return Array.from({ length: count }, (_, index) => {
    const start = index * length;
    return { index: given, source, start, length: Math.min(length, source.ids.length - start) };
  });
}

/** Each piece, longest first, goes into the row with the least room that it fits in, the oldest among equals. */
function placePieces(pieces: readonly Piece[], length: number): Piece[][] {
  const rows: Piece[][] = [];
  const byRoom = Array.from({ length: length + 1 }, () => new Queue());
  for (const piece of pieces) {
    let room = piece.length;
    while (room <= length && byRoom[room]?.isEmpty()) room++;
    const row = room <= length ? (byRoom[room]?.shift() ?? 0) : rows.push([]) - 1;
    rows[row]?.push(piece);
    const left = (room <= length ? room : length) - piece.length;
    if (left > 0) byRoom[left]?.push(row);
  }
  return rows;
}

function joinPieces(pieces: readonly Piece[]): PackedRow {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const ids = new Int32Array(size);
  const positions = new Int32Array(size);
  const documents = new Int32Array(size);
  const trained: boolean[] = [];
  pieces.forEach(({ source, start, length }, document) => {
    for (let index = 0; index < length; index++) {
      const at = trained.length;
      ids[at] = source.ids[start + index] as number;
      positions[at] = index;
      documents[at] = document + 1;
      trained.push(index > 0 && source.trained[start + index] === true);
    }
  });
  return {
    ids,
    trained,
    positions,
    documents,
    sequenceLengths: pieces.map((piece) => piece.length),
    sources: pieces.map((piece) => piece.index),
  };
}

/** First in, first out, without the cost of shifting an array. */
class Queue {
  readonly #items: number[] = [];
  #head = 0;

  isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: number): void {
    this.#items.push(item);
  }

  shift(): number | undefined {
    return this.#items[this.#head++];
  }
}
