// What the scheduler needs of a loaded model: slots that hold a sequence's keys and values, and passes over them.

/** New tokens of one sequence, appended to its slot. */
export type Piece = {
  readonly slot: number;
  /** Places of the slot that are taken before this piece: its first token stands at this position. */
  readonly start: number;
  readonly tokens: readonly number[];
  /** The adapter of this sequence; absent: the base model as it is. */
  readonly adapter?: AdapterHandle;
};

/** An adapter that a runner holds in memory. */
export type AdapterHandle = {
  readonly name: string;
  readonly rank: number;
  readonly bytes: number;
};

/** A loaded model as slots of sequences; each slot has `capacity` places. One call of `run` at a time. */
export interface SlotRunner extends AsyncDisposable {
  readonly slots: number;
  /** Places of each slot: the longest sequence, prompt and answer together. */
  readonly capacity: number;
  readonly vocabSize: number;
  /** Bytes of the keys and values of one place. */
  readonly bytesPerPlace: number;

  /**
   * Runs the pieces together and returns, for each, the scores [vocabulary] of the token after its last one. The arrays are the caller's.
   * Pieces of many lengths are allowed; pieces of one token each are the fast path.
   */
  run(pieces: readonly Piece[]): Promise<Float32Array[]>;

  /** Copies the keys and values of `count` places from `start` on out of a slot. */
  read(slot: number, start: number, count: number): Float32Array;
  /** Puts back what `read` gave, at the same or another slot, from place `start` on. */
  write(slot: number, start: number, block: Float32Array): void;

  /** Reads an adapter into memory. @throws InputError where it does not fit the model */
  loadAdapter(name: string, directory: string): Promise<AdapterHandle>;
  unloadAdapter(adapter: AdapterHandle): void;
}
