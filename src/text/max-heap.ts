// A binary heap whose top is the item that comes before all others.

/** `before(a, b)` says that `a` leaves the heap earlier. */
export class MaxHeap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  push(item: T): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.#before(item, above)) break;
      items[i] = above;
      i = parent;
    }
    items[i] = item;
  }

  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return top;
  }

  /** Puts `item` at the top and lets it sink to its place. */
  #sink(item: T): void {
    const items = this.#items;
    let i = 0;
    for (;;) {
      const left = items[2 * i + 1];
      const right = items[2 * i + 2];
      if (left === undefined) break;
      const child = right !== undefined && this.#before(right, left) ? 2 * i + 2 : 2 * i + 1;
      const below = child === 2 * i + 1 ? left : right;
      if (below === undefined || !this.#before(below, item)) break;
      items[i] = below;
      i = child;
    }
    items[i] = item;
  }
}
