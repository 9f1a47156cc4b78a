// A loaded model as slots: takes pieces apart into passes over the graph.
import { StateError } from '../../core/index.ts';
import { float32, type HostTensor, int64, type Session } from '../../engine/index.ts';
import type { CausalModel } from '../../models/index.ts';
import type { AdapterHandle, Piece, SlotRunner } from '../engine/slot-runner.ts';
import { checkPieces, checkPlaces } from './check-pieces.ts';
import { SlotMemory } from './slot-memory.ts';

/** Tokens of a prompt that one pass takes in: bounds the memory of its scores. */
const passTokens = 256;

/** What a runner is made of. */
export type GraphRunnerParts = {
  readonly model: CausalModel;
  readonly session: Session;
  readonly slots: number;
  readonly capacity: number;
};

export class GraphRunner implements SlotRunner {
  readonly slots: number;
  readonly capacity: number;
  readonly vocabSize: number;
  readonly #session: Session;
  readonly #memory: SlotMemory;
  #busy = false;

  constructor({ model, session, slots, capacity }: GraphRunnerParts) {
    this.slots = slots;
    this.capacity = capacity;
    this.vocabSize = model.vocabSize;
    this.#session = session;
    this.#memory = new SlotMemory(model, { slots, capacity });
  }

  get bytesPerPlace(): number {
    return this.#memory.bytesPerPlace;
  }

  async run(pieces: readonly Piece[]): Promise<Float32Array[]> {
    this.#checkIdle();
    checkPieces(pieces, this, (slot) => this.#memory.taken(slot));
    this.#busy = true;
    try {
      const scores = new Map<Piece, Float32Array>();
      const single = pieces.filter(({ tokens }) => tokens.length === 1);
      if (single.length > 0)
        (await this.#pass(single, true)).forEach((row, i) => {
          scores.set(single[i] as Piece, row);
        });
      for (const piece of pieces) {
        if (piece.tokens.length > 1) scores.set(piece, await this.#runLong(piece));
      }
      return pieces.map((piece) => scores.get(piece) as Float32Array);
    } finally {
      this.#busy = false;
    }
  }

  read(slot: number, start: number, count: number): Float32Array {
    this.#checkIdle();
    checkPlaces(slot, { start, end: start + count, most: this.#memory.taken(slot) });
    return this.#memory.read(slot, start, count);
  }

  write(slot: number, start: number, block: Float32Array): void {
    this.#checkIdle();
    checkPlaces(slot, { start, end: start, most: this.#memory.taken(slot) });
    checkPlaces(slot, { start, end: start + (4 * block.length) / this.bytesPerPlace, most: this.capacity });
    this.#memory.write(slot, start, block);
  }

  async loadAdapter(name: string): Promise<AdapterHandle> {
    throw new StateError(`Cannot load the adapter '${name}': this model was opened without adapters`);
  }

  unloadAdapter(): void {
    throw new StateError('Cannot unload the adapter: this model was opened without adapters');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  async #runLong(piece: Piece): Promise<Float32Array> {
    const { start, tokens } = piece;
    for (let done = 0; ; done += passTokens) {
      const end = Math.min(tokens.length, done + passTokens);
      const part = { ...piece, start: start + done, tokens: tokens.slice(done, end) };
      const [scores] = await this.#pass([part], end === tokens.length);
      if (end === tokens.length) return scores as Float32Array;
    }
  }

  /** Runs pieces of one length together; more than one token at a time is for a single piece. */
  async #pass(pieces: readonly Piece[], scored: boolean): Promise<Float32Array[]> {
    const rows = this.#memory.arrange(pieces.map(({ slot }) => slot));
    const first = Math.min(...rows);
    const inOrder = rows.map((_, i) => pieces[rows.indexOf(first + i)] as Piece);
    const { feeds, into } = this.#memory.tensors(first, rows.length);
    const logits = new Float32Array(scored ? rows.length * this.vocabSize : 0);
    const shape = [logits.length / this.vocabSize, this.vocabSize];
    await this.#session.runInto(
      { ...feeds, ...tokenFeeds(inOrder, scored) },
      { ...into, logits: float32(logits, shape) },
    );
    for (const { slot, start, tokens } of pieces) this.#memory.setTaken(slot, start + tokens.length);
    if (!scored) return [];
    return rows.map((row) =>
      logits.subarray((row - first) * this.vocabSize, (row - first + 1) * this.vocabSize),
    );
  }

  #checkIdle(): void {
    if (this.#busy) throw new StateError('Cannot use the slots: a run is under way; wait for it to end');
  }
}

function tokenFeeds(pieces: readonly Piece[], scored: boolean): Record<string, HostTensor> {
  const length = pieces[0]?.tokens.length ?? 0;
  const shape = [pieces.length, length];
  const ends = pieces.map(({ start }) => start + length - 1);
  return {
    ids: int64(
      pieces.flatMap(({ tokens }) => tokens),
      shape,
    ),
    positions: int64(
      pieces.flatMap(({ start, tokens }) => tokens.map((_, t) => start + t)),
      shape,
    ),
    last: { dtype: 'int32', shape: [pieces.length], data: Int32Array.from(ends) },
    wanted: int64(scored ? pieces.map((_, i) => (i + 1) * length - 1) : [], [scored ? pieces.length : 0]),
  };
}
