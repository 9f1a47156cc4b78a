// Keys and values of all slots, in buffers that the graph reads and writes in place.
import { ResourceError } from '../../core/index.ts';
import { float32, type HostTensors } from '../../engine/index.ts';
import { type CausalModel, slotHeadSize } from '../../models/index.ts';
import { slotNames } from './slot-graph.ts';

/** A range of rows as inputs and as outputs of the graph: the same memory. */
export type RowTensors = { readonly first: number; readonly feeds: HostTensors; readonly into: HostTensors };

type Size = { readonly slots: number; readonly capacity: number };

/**
 * Two buffers for each layer, [slots, key-value heads, capacity, head size]. They are zeros that no one has touched, so the
 * system gives memory to the pages that are written, as the sequences grow: a slot's whole capacity is reserved as addresses only,
 * which is what block tables are for elsewhere (vAttention, Prabhu et al., 2024).
 *
 * The graph takes rows that lie side by side. So slots have no fixed row: those that run together are brought together.
 */
export class SlotMemory {
  readonly bytesPerPlace: number;
  readonly #size: Size;
  readonly #heads: number;
  readonly #headSize: number;
  readonly #names: readonly string[];
  readonly #buffers: readonly Float32Array[];
  /** By slot. */
  readonly #rows: number[];
  /** By slot: places that are in use. */
  readonly #taken: number[];
  readonly #tensors = new Map<string, RowTensors>();

  /** @throws ResourceError when there are not even the addresses */
  constructor(model: CausalModel, size: Size) {
    this.#size = size;
    this.#heads = model.keyValueHeads;
    this.#headSize = slotHeadSize(model.headSize);
    this.#names = slotNames(model);
    this.#rows = Array.from({ length: size.slots }, (_, slot) => slot);
    this.#taken = this.#rows.map(() => 0);
    this.bytesPerPlace = 4 * this.#names.length * this.#heads * this.#headSize;
    try {
      this.#buffers = this.#names.map(() => new Float32Array(size.slots * this.#heads * this.#chunk));
    } catch (cause) {
      const bytes = size.slots * size.capacity * this.bytesPerPlace;
      throw new ResourceError(
        `Cannot reserve ${Math.ceil(bytes / 2 ** 20)} MiB for ${size.slots} slots of ${size.capacity} tokens; ask for fewer or shorter ones`,
        { cause },
      );
    }
  }

  /** Brings slots together, in any order; tells each one's row. */
  arrange(slots: readonly number[]): readonly number[] {
    const members = new Set(slots);
    const first = this.#window(members);
    const end = first + slots.length;
    const inside = (slot: number) => first <= this.#row(slot) && this.#row(slot) < end;
    const strangers = this.#rows.flatMap((_, slot) => (!members.has(slot) && inside(slot) ? [slot] : []));
    for (const slot of slots) {
      if (!inside(slot)) this.#exchange(slot, strangers.pop() as number);
    }
    return slots.map((slot) => this.#row(slot));
  }

  /** The tensors of `count` rows from `first` on. */
  tensors(first: number, count: number): RowTensors {
    const key = `${first}+${count}`;
    const known = this.#tensors.get(key);
    if (known !== undefined) return known;
    const row = this.#heads * this.#chunk;
    const shape = [count, this.#heads, this.#size.capacity, this.#headSize];
    const views = this.#buffers.map((buffer) =>
      float32(buffer.subarray(first * row, (first + count) * row), shape),
    );
    const named = (prefix: string) =>
      Object.fromEntries(this.#names.map((name, i) => [prefix + name, views[i] as (typeof views)[number]]));
    const tensors = { first, feeds: named('old.'), into: named('') };
    this.#tensors.set(key, tensors);
    return tensors;
  }

  /** Says that a slot's places up to `end` are in use, and none behind. */
  setTaken(slot: number, end: number): void {
    this.#taken[slot] = end;
  }

  taken(slot: number): number {
    return this.#taken[slot] as number;
  }

  /** Copies places out: [layers * 2, heads, count, head size]. */
  read(slot: number, start: number, count: number): Float32Array {
    const size = count * this.#headSize;
    const block = new Float32Array(this.#names.length * this.#heads * size);
    this.#pieces(this.#row(slot), start, count).forEach((piece, i) => {
      block.set(piece, i * size);
    });
    return block;
  }

  write(slot: number, start: number, block: Float32Array): void {
    const count = (4 * block.length) / this.bytesPerPlace;
    const size = count * this.#headSize;
    this.#pieces(this.#row(slot), start, count).forEach((piece, i) => {
      piece.set(block.subarray(i * size, (i + 1) * size));
    });
    this.#taken[slot] = Math.max(this.taken(slot), start + count);
  }

  /** Floats of one head of one row. */
  get #chunk(): number {
    return this.#size.capacity * this.#headSize;
  }

  #row(slot: number): number {
    return this.#rows[slot] as number;
  }

  /** The first row of the range in which the least has to be moved to bring the members together. */
  #window(members: ReadonlySet<number>): number {
    const { slots } = this.#size;
    const weights = new Float64Array(slots);
    for (const slot of members) weights[this.#row(slot)] = this.taken(slot) + 1;
    let sum = weights.subarray(0, members.size).reduce((total, weight) => total + weight, 0);
    let best = { first: 0, sum };
    for (let end = members.size; end < slots; end++) {
      sum += (weights[end] as number) - (weights[end - members.size] as number);
      if (sum > best.sum) best = { first: end - members.size + 1, sum };
    }
    return best.first;
  }

  #exchange(a: number, b: number): void {
    const [rowA, rowB] = [this.#row(a), this.#row(b)];
    const count = Math.max(this.taken(a), this.taken(b));
    const others = this.#pieces(rowB, 0, count);
    this.#pieces(rowA, 0, count).forEach((piece, i) => {
      const other = others[i] as Float32Array;
      const kept = piece.slice();
      piece.set(other);
      other.set(kept);
    });
    [this.#rows[a], this.#rows[b]] = [rowB, rowA];
  }

  /** Places of a row in every buffer and head. */
  #pieces(row: number, start: number, count: number): Float32Array[] {
    return this.#buffers.flatMap((buffer) =>
      Array.from({ length: this.#heads }, (_, head) => {
        const at = (row * this.#heads + head) * this.#chunk + start * this.#headSize;
        return buffer.subarray(at, at + count * this.#headSize);
      }),
    );
  }
}
