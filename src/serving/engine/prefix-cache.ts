// Keys and values of what prompts began with, by pages, so that the next text with the same beginning need not compute them.
import type { AdapterHandle } from './slot-runner.ts';

/** Tokens of a page. */
export const pageTokens = 16;

/** What the cache holds. */
export type PrefixCacheSize = { readonly bytes: number; readonly byteLimit: number; readonly pages: number };

type Adapter = AdapterHandle | undefined;
type Page = { readonly id: number; readonly block: Float32Array };
type Link = { readonly key: string; readonly page: Page };

/**
 * Pages of a sequence form a chain: a page is known by the page before it and its own tokens, the first one by the adapter.
 * So equal keys mean equal sequences, without a hash that could lie. Where memory runs out, the pages not met for longest
 * go; a page is always met with those before it, so none outlives them.
 */
export class PrefixCache {
  readonly #byteLimit: number;
  /** Least recently met first. */
  readonly #pages = new Map<string, Page>();
  readonly #roots = new Map<Adapter, number>();
  #bytes = 0;
  #lastId = 0;

  constructor(byteLimit: number) {
    this.#byteLimit = byteLimit;
  }

  get size(): PrefixCacheSize {
    return { bytes: this.#bytes, byteLimit: this.#byteLimit, pages: this.#pages.size };
  }

  /** The blocks of the longest known beginning, page by page. */
  find(tokens: readonly number[], adapter: Adapter): readonly Float32Array[] {
    const chain = this.#chain(tokens, adapter);
    this.#touch(chain);
    return chain.map(({ page }) => page.block);
  }

  /** Tokens of the longest known beginning; asking is not meeting. */
  knownTokens(tokens: readonly number[], adapter: Adapter): number {
    return this.#chain(tokens, adapter).length * pageTokens;
  }

  /**
   * Keeps the full pages of a sequence.
   * @param read gives the block of a page that is not yet known, by its first place
   */
  store(tokens: readonly number[], adapter: Adapter, read: (start: number) => Float32Array): void {
    if (this.#byteLimit === 0) return;
    const chain: Link[] = [];
    let before = this.#root(adapter);
    let bytes = 0;
    for (let start = 0; start + pageTokens <= tokens.length; start += pageTokens) {
      const key = pageKey(before, tokens, start);
      const page = this.#pages.get(key) ?? { id: ++this.#lastId, block: read(start) };
      bytes += page.block.byteLength;
      // The end of a sequence that does not fit as a whole would push out its own beginning
      if (bytes > this.#byteLimit) break;
      chain.push({ key, page });
      before = page.id;
    }
    this.#touch(chain);
    this.#shrink();
  }

  /** Drops all pages of an adapter. */
  forget(adapter: AdapterHandle): void {
    const root = this.#roots.get(adapter);
    if (root === undefined) return;
    this.#roots.delete(adapter);
    const gone = new Set([root]);
    // A page stands before those met with it: so the latest first, each below a page that is gone already
    for (const [key, page] of [...this.#pages].reverse()) {
      if (!gone.has(Number.parseInt(key, 10))) continue;
      gone.add(page.id);
      this.#remove(key, page);
    }
  }

  #chain(tokens: readonly number[], adapter: Adapter): readonly Link[] {
    const chain: Link[] = [];
    let before = this.#roots.get(adapter);
    for (let start = 0; before !== undefined && start + pageTokens <= tokens.length; start += pageTokens) {
      const key = pageKey(before, tokens, start);
      const page = this.#pages.get(key);
      if (page !== undefined) chain.push({ key, page });
      before = page?.id;
    }
    return chain;
  }

  /** Puts pages of one chain last, the first of them as the very last. */
  #touch(chain: readonly Link[]): void {
    for (const { key, page } of chain.toReversed()) {
      if (!this.#pages.delete(key)) this.#bytes += page.block.byteLength;
      this.#pages.set(key, page);
    }
  }

  #shrink(): void {
    for (const [key, page] of this.#pages) {
      if (this.#bytes <= this.#byteLimit) return;
      this.#remove(key, page);
    }
  }

  #remove(key: string, page: Page): void {
    this.#pages.delete(key);
    this.#bytes -= page.block.byteLength;
  }

  #root(adapter: Adapter): number {
    const root = this.#roots.get(adapter) ?? ++this.#lastId;
    this.#roots.set(adapter, root);
    return root;
  }
}

function pageKey(before: number, tokens: readonly number[], start: number): string {
  return `${before}:${tokens.slice(start, start + pageTokens).join()}`;
}
