// Keys and values of all rows so far, in memory that the step graph reads in place.
import { float32, type HostTensor } from '../../engine/index.ts';
import type { CausalModel } from '../model.ts';

type Shape = Pick<CausalModel, 'layerCount' | 'keyValueHeads' | 'headSize'>;

/** New keys or values of one layer: [rows, heads, length, head size]. */
type Fresh = { readonly data: Float32Array; readonly length: number };

const step = 64;

/**
 * Buffers of [rows, key-value heads, capacity, head size], two for each layer. A row fills its places from the left;
 * the places behind its length hold anything, and the bias must hide them.
 */
export class KeyValueCache {
  readonly #shape: Shape;
  #rows = 0;
  #capacity = 0;
  #buffers: Float32Array[] = [];

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Places of each row. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for so many rows and places; what is held stays. */
  reserve(rows: number, places: number): void {
    if (rows <= this.#rows && places <= this.#capacity) return;
    // A quarter more than needed, so that growing to n places moves O(n) floats in all.
    const capacity =
      places <= this.#capacity ? this.#capacity : Math.ceil((places + this.#capacity / 4) / step) * step;
    const wide = Math.max(rows, this.#rows);
    const { layerCount, keyValueHeads, headSize } = this.#shape;
    const heads = this.#rows * keyValueHeads;
    this.#buffers = Array.from({ length: 2 * layerCount }, (_, i) => {
      const grown = new Float32Array(wide * keyValueHeads * capacity * headSize);
      const old = this.#buffers[i];
      const [from, to] = [this.#capacity * headSize, capacity * headSize];
      for (let head = 0; old !== undefined && head < heads; head++)
        grown.set(old.subarray(head * from, (head + 1) * from), head * to);
      return grown;
    });
    this.#rows = wide;
    this.#capacity = capacity;
  }

  /** The buffer of a layer's keys (`2 layer`) or values (`2 layer + 1`), of rows `first` to `first + rows`. */
  tensor(index: number, first: number, rows: number): HostTensor {
    const { keyValueHeads, headSize } = this.#shape;
    const row = keyValueHeads * this.#capacity * headSize;
    const data = this.#buffers[index]?.subarray(first * row, (first + rows) * row) as Float32Array;
    return float32(data, [rows, keyValueHeads, this.#capacity, headSize]);
  }

  /** Takes over the first `count` places of row `from` of fresh keys or values, behind the `length` places of row `row`. */
  append(
    index: number,
    fresh: Fresh,
    at: { from: number; row: number; length: number; count: number },
  ): void {
    const { keyValueHeads, headSize } = this.#shape;
    const buffer = this.#buffers[index] as Float32Array;
    const size = at.count * headSize;
    for (let head = 0; head < keyValueHeads; head++) {
      const source = (at.from * keyValueHeads + head) * fresh.length * headSize;
      const target = ((at.row * keyValueHeads + head) * this.#capacity + at.length) * headSize;
      for (let i = 0; i < size; i++) buffer[target + i] = fresh.data[source + i] as number;
    }
  }

  /** Copies one row over another. */
  copyRow(from: number, to: number): void {
    if (from === to) return;
    const row = this.#shape.keyValueHeads * this.#capacity * this.#shape.headSize;
    for (const buffer of this.#buffers) buffer.copyWithin(to * row, from * row, (from + 1) * row);
  }
}
