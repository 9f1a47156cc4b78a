// Gives texts their slots, with as much of their beginning in it as is known.
import { PrefixCache, type PrefixCacheSize, pageTokens } from './prefix-cache.ts';
import type { Sequence } from './sequence.ts';
import type { AdapterHandle, SlotRunner } from './slot-runner.ts';
import { commonLength, SlotTable } from './slot-table.ts';

/** Tokens that another text is just running are waited for from so many on. */
const worthWaiting = 2 * pageTokens;

export class Placement {
  readonly #runner: SlotRunner;
  readonly #slots: SlotTable;
  readonly #prefixes: PrefixCache;

  constructor(runner: SlotRunner, prefixCacheBytes: number) {
    this.#runner = runner;
    this.#slots = new SlotTable(runner.slots);
    this.#prefixes = new PrefixCache(prefixCacheBytes);
  }

  get free(): number {
    return this.#slots.free;
  }

  get prefixCache(): PrefixCacheSize {
    return this.#prefixes.size;
  }

  /** Whether another text is running what this one begins with: it need not be run twice. */
  soonKnown({ request: { prompt, adapter } }: Sequence, running: readonly Sequence[]): boolean {
    if (this.#prefixes.size.byteLimit === 0) return false;
    const ahead = running
      .filter((other) => !other.decoding && other.request.adapter === adapter)
      .map((other) => ({ taken: other.taken, shared: commonLength(other.request.prompt, prompt) }))
      .filter(({ taken, shared }) => shared >= worthWaiting && shared > taken);
    if (ahead.length === 0) return false;
    const known = this.#prefixes.knownTokens(prompt, adapter);
    return ahead.some(({ shared }) => shared - known >= worthWaiting);
  }

  /** Gives a text one of the free slots; its `cached` tells how much of the prompt needs not be run. */
  place(sequence: Sequence): void {
    const { prompt, adapter } = sequence.request;
    const found = this.#slots.take({ tokens: prompt, adapter });
    sequence.slot = found.slot;
    const blocks = this.#prefixes.find(prompt, adapter);
    for (let page = Math.floor(found.kept / pageTokens); page < blocks.length; page++)
      this.#runner.write(found.slot, page * pageTokens, blocks[page] as Float32Array);
    // The scores of the last token are wanted, so it is run again
    const known = Math.max(found.kept, blocks.length * pageTokens);
    sequence.cached = Math.min(known, prompt.length - 1);
    sequence.taken = sequence.cached;
  }

  /** Keeps what a text has run so far for others. */
  remember({ takenTokens, request, slot }: Sequence): void {
    this.#prefixes.store(takenTokens, request.adapter, (start) =>
      this.#runner.read(slot as number, start, pageTokens),
    );
  }

  /** @param holds whether the slot's contents may be trusted */
  release({ slot, takenTokens, request }: Sequence, { holds }: { readonly holds: boolean }): void {
    if (slot === undefined) return;
    this.#slots.release(slot, holds ? { tokens: takenTokens, adapter: request.adapter } : undefined);
  }

  /** Drops what is known of texts under an adapter. */
  forget(adapter: AdapterHandle): void {
    this.#slots.forget(adapter);
    this.#prefixes.forget(adapter);
  }
}
