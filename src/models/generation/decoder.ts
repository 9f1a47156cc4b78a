// Rows of tokens that grow: runs the step graph over them and keeps their cache.
import { float32, type HostTensor, type HostTensors, int64, type Session } from '../../engine/index.ts';
import { maskedScore } from '../layers/index.ts';
import type { CausalModel } from '../model.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { cacheNames } from './step-graph.ts';

/** Tokens that one run takes in at most, all rows together: bounds the memory of attention scores. */
const runTokens = 512;

type Tokens = readonly number[];

/** The step graph for any number of tokens and the one for single tokens. */
export type StepSessions = { readonly many: Session; readonly single: Session };

/** What the step graphs are run with, and for. */
export type DecoderSource = {
  readonly model: CausalModel;
  readonly sessions: StepSessions;
  readonly parameters: HostTensors;
};

/** Rows are numbered from 0 without gaps: removing one moves the last into its place. */
export class Decoder {
  readonly #source: DecoderSource;
  readonly #cache: KeyValueCache;
  readonly #names: readonly string[];
  /** Places taken, by row. */
  readonly #lengths: number[] = [];

  constructor(source: DecoderSource) {
    this.#source = source;
    this.#cache = new KeyValueCache(source.model);
    this.#names = cacheNames(source.model.layerCount);
  }

  get rows(): number {
    return this.#lengths.length;
  }

  /**
   * Takes in whole prompts as new rows.
   * @param prompts longest first: the rows that are still at it are then the first of them at every piece
   * @returns scores of each one's next token
   */
  async add(prompts: readonly Tokens[]): Promise<Float32Array[]> {
    const first = this.rows;
    this.#cache.reserve(first + prompts.length, 0);
    this.#lengths.push(...prompts.map(() => 0));
    const logits: Float32Array[] = [];
    let start = 0;
    for (let going = prompts; going.length > 0; going = prompts.filter((prompt) => prompt.length > start)) {
      const end = start + Math.max(1, Math.floor(runTokens / going.length));
      const scores = await this.#run(
        first,
        going.map((prompt) => prompt.slice(start, end)),
      );
      scores.forEach((row, i) => {
        logits[i] = row;
      });
      start = end;
    }
    return logits;
  }

  /** One more token for every row. Returns the scores of each one's next token. */
  async step(tokens: Tokens): Promise<Float32Array[]> {
    return this.#run(
      0,
      tokens.map((token) => [token]),
    );
  }

  /** Forgets a row; the last row takes its number. */
  remove(row: number): void {
    const last = this.rows - 1;
    this.#cache.copyRow(last, row);
    this.#lengths[row] = this.#lengths[last] as number;
    this.#lengths.pop();
  }

  /** Appends a piece to each of the rows from `first` on; the first piece is the longest. */
  async #run(first: number, pieces: readonly Tokens[]): Promise<Float32Array[]> {
    const length = pieces[0]?.length ?? 0;
    const past = this.#names.map((name, i) => [`past.${name}`, this.#cache.tensor(i, first, pieces.length)]);
    const { many, single } = this.#source.sessions;
    const outputs = await (length === 1 ? single : many).run({
      ...this.#source.parameters,
      ...this.#inputs(first, pieces),
      ...Object.fromEntries(past),
    });
    // Only now, so that the run met no more places than were taken before it.
    const taken = pieces.map((piece, i) => (this.#lengths[first + i] as number) + piece.length);
    this.#cache.reserve(this.rows, Math.max(...taken));
    this.#names.forEach((name, index) => {
      const fresh = { data: (outputs[name] as HostTensor).data as Float32Array, length };
      pieces.forEach(({ length: count }, from) => {
        const row = first + from;
        this.#cache.append(index, fresh, { from, row, length: this.#lengths[row] as number, count });
      });
    });
    this.#lengths.splice(first, taken.length, ...taken);
    const logits = outputs.logits?.data as Float32Array;
    const size = this.#source.model.vocabSize;
    return pieces.map((_, i) => logits.subarray(i * size, (i + 1) * size));
  }

  #inputs(first: number, pieces: readonly Tokens[]): HostTensors {
    const length = pieces[0]?.length ?? 0;
    const shape = [pieces.length, length];
    const at = Array.from({ length }, (_, t) => t);
    const ids = pieces.flatMap((piece) => at.map((t) => piece[t] ?? 0));
    // Padding behind a piece repeats its last position, so that none lies outside the tables.
    const positions = pieces.flatMap((piece, i) =>
      at.map((t) => (this.#lengths[first + i] as number) + Math.min(t, piece.length - 1)),
    );
    return {
      ids: int64(ids, shape),
      positions: int64(positions, shape),
      bias: this.#bias(first, shape as [number, number]),
      last: int64(
        pieces.map((piece, i) => i * length + piece.length - 1),
        [pieces.length],
      ),
    };
  }

  /** A query sees the places taken and the earlier tokens of its piece, within the sliding window. */
  #bias(first: number, [rows, length]: readonly [number, number]): HostTensor {
    const { capacity } = this.#cache;
    const window = this.#source.model.slidingWindow ?? Number.POSITIVE_INFINITY;
    const width = capacity + length;
    const bias = new Float32Array(rows * length * width).fill(maskedScore);
    for (let row = 0; row < rows; row++) {
      const taken = this.#lengths[first + row] as number;
      for (let t = 0; t < length; t++) {
        const start = (row * length + t) * width;
        bias.fill(0, start + Math.max(0, taken + t - window + 1), start + taken);
        bias.fill(0, start + capacity + Math.max(0, t - window + 1), start + capacity + t + 1);
      }
    }
    return float32(bias, [rows, 1, length, width]);
  }
}
