// Which slots are free, and whose keys and values still lie in them.
import type { AdapterHandle } from './slot-runner.ts';

/** What lies in a slot: the tokens of its first places, run under this adapter. */
export type Held = { readonly tokens: readonly number[]; readonly adapter: AdapterHandle | undefined };

const nothing: Held = { tokens: [], adapter: undefined };

export class SlotTable {
  /** Free slots, the one that was freed first at the front. */
  readonly #free: Map<number, Held>;

  constructor(slots: number) {
    this.#free = new Map(Array.from({ length: slots }, (_, slot) => [slot, nothing]));
  }

  get free(): number {
    return this.#free.size;
  }

  /** Takes the free slot that holds most of what a sequence begins with. @throws RangeError when none is free */
  take({ tokens, adapter }: Held): { readonly slot: number; readonly kept: number } {
    let best: { readonly slot: number; readonly kept: number } | undefined;
    for (const [slot, held] of this.#free) {
      const kept = held.adapter === adapter ? commonLength(held.tokens, tokens) : 0;
      if (best === undefined || kept > best.kept) best = { slot, kept };
    }
    if (best === undefined) throw new RangeError('Cannot take a slot: none is free');
    this.#free.delete(best.slot);
    return best;
  }

  /** Gives a slot back, with what it holds where that may be trusted. */
  release(slot: number, held: Held = nothing): void {
    this.#free.set(slot, held);
  }

  /** No longer counts on what was run under an adapter. */
  forget(adapter: AdapterHandle): void {
    for (const [slot, held] of this.#free) if (held.adapter === adapter) this.#free.set(slot, nothing);
  }
}

/** Tokens with which both begin. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
