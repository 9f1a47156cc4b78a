// A loaded model as slots: takes pieces apart into passes over the graph.
import { StateError } from '../../core/index.ts';
import { float32, type HostTensor, int64, type Session } from '../../engine/index.ts';
import { type CausalModel, loadAdapter } from '../../models/index.ts';
import type { AdapterHandle, Piece, SlotRunner } from '../engine/slot-runner.ts';
import { AdapterMemory } from './adapter-memory.ts';
import { checkPieces, checkPlaces } from './check-pieces.ts';
import { SlotMemory } from './slot-memory.ts';

/** Tokens of a prompt that one pass takes in: bounds the memory of its scores. */
const passTokens = 256;

/** What a runner is made of. */
export type GraphRunnerParts = {
  readonly model: CausalModel;
  readonly slots: number;
  readonly capacity: number;
  /** Makes the model ready to run, for rows of any adapters or of none. */
  readonly openSession: (kind: 'plain' | 'adapted') => Promise<Session>;
  /** Gives back what `openSession` reads from. */
  readonly close: () => Promise<void>;
};

/**
 * Only one session holds the weights at a time. The first adapter makes it one that takes adapters, which costs a few
 * hundred nodes a run: who serves the base alone does not pay for them.
 */
export class GraphRunner implements SlotRunner {
  readonly slots: number;
  readonly capacity: number;
  readonly vocabSize: number;
  readonly #parts: GraphRunnerParts;
  readonly #memory: SlotMemory;
  #session: Promise<Session>;
  #adapters: AdapterMemory | undefined;
  #busy = false;
  /** Ends when nothing uses the session. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: GraphRunnerParts, session: Promise<Session>) {
    const { model, slots, capacity } = parts;
    this.#parts = parts;
    this.slots = slots;
    this.capacity = capacity;
    this.vocabSize = model.vocabSize;
    this.#memory = new SlotMemory(model, { slots, capacity });
    this.#session = session;
  }

  static async open(parts: GraphRunnerParts): Promise<GraphRunner> {
    const session = parts.openSession('plain');
    await session;
    return new GraphRunner(parts, session);
  }

  get bytesPerPlace(): number {
    return this.#memory.bytesPerPlace;
  }

  async run(pieces: readonly Piece[]): Promise<Float32Array[]> {
    this.#checkIdle();
    checkPieces(pieces, this, (slot) => this.#memory.taken(slot));
    this.#checkAdapters(pieces);
    this.#busy = true;
    try {
      return await this.#exclusively(() => this.#runPieces(pieces));
    } finally {
      this.#busy = false;
    }
  }

  async #runPieces(pieces: readonly Piece[]): Promise<Float32Array[]> {
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

  async loadAdapter(name: string, directory: string): Promise<AdapterHandle> {
    const loaded = await loadAdapter(directory, this.#parts.model);
    await this.#exclusively(() => this.#adapt());
    return (this.#adapters as AdapterMemory).add(name, loaded);
  }

  unloadAdapter(adapter: AdapterHandle): void {
    this.#checkIdle();
    if (this.#adapters === undefined)
      throw new StateError(`Cannot unload the adapter '${adapter.name}': it is not loaded`);
    this.#adapters.remove(adapter);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.#parts.close();
    await (await this.#session).close();
  }

  async #adapt(): Promise<void> {
    if (this.#adapters !== undefined) return;
    await (await this.#session).close();
    this.#adapters = new AdapterMemory(this.#parts.model);
    this.#session = this.#parts.openSession('adapted');
    await this.#session;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #checkAdapters(pieces: readonly Piece[]): void {
    for (const { adapter } of pieces) {
      if (adapter !== undefined && this.#adapters?.has(adapter) !== true)
        throw new StateError(
          `Cannot run with the adapter '${adapter.name}': it is not loaded; load it first`,
        );
    }
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
    const adapters = inOrder.flatMap(({ tokens, adapter }) => tokens.map(() => adapter));
    const session = await this.#session;
    await session.runInto(
      { ...feeds, ...tokenFeeds(inOrder, scored), ...this.#adapters?.feeds(adapters) },
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
