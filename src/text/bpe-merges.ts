// Learns byte-pair merges (Sennrich et al., 2016) from word counts; ties go to the smaller ids, so the result is fixed.
import { MaxHeap } from './max-heap.ts';

/** Two neighbouring symbols that become one, by their ids. */
export type Merge = readonly [left: number, right: number];

/** Symbols by id (the base ones first) and the merges in the order in which they apply. */
export type Merges = { readonly symbols: readonly string[]; readonly merges: readonly Merge[] };

type Word = { symbols: number[]; readonly count: number };
type Candidate = { readonly count: number; readonly left: number; readonly right: number };

/** Ids stay below this, so that a pair is one safe integer. */
const pairBase = 2 ** 26;

/**
 * @param words each distinct word as ids of base symbols and how often it occurs.
 * @param limits the base symbols, how many symbols are wanted in all, and the count below which a pair is not merged.
 */
export function learnMerges(
  words: Iterable<{ readonly symbols: readonly number[]; readonly count: number }>,
  limits: { readonly base: readonly string[]; readonly size: number; readonly minFrequency: number },
): Merges {
  const learner = new MergeLearner(words);
  const symbols = [...limits.base];
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  const merges: Merge[] = [];
  while (symbols.length < limits.size) {
    const best = learner.next(limits.minFrequency);
    if (best === undefined) break;
    const joined = `${symbols[best.left]}${symbols[best.right]}`;
    // Two merges can give one symbol: ab + c and a + bc.
    const id = ids.get(joined) ?? symbols.push(joined) - 1;
    ids.set(joined, id);
    learner.merge(best, id);
    merges.push([best.left, best.right]);
  }
  return { symbols, merges };
}

class MergeLearner {
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  readonly #places = new Map<number, Set<number>>();
  readonly #heap = new MaxHeap<Candidate>(before);

  constructor(words: Iterable<{ readonly symbols: readonly number[]; readonly count: number }>) {
    this.#words = Array.from(words, ({ symbols, count }) => ({ symbols: [...symbols], count }));
    for (const index of this.#words.keys()) this.#add(index, 1);
    for (const key of this.#counts.keys()) this.#offer(key);
  }

  /** The most frequent pair, or undefined if none is frequent enough. */
  next(minFrequency: number): Candidate | undefined {
    for (;;) {
      const best = this.#heap.pop();
      if (best === undefined) return undefined;
      const count = this.#counts.get(pairKey(best.left, best.right)) ?? 0;
      if (count === best.count) return count < Math.max(1, minFrequency) ? undefined : best;
      // The count has fallen since: offered again where it now belongs.
      if (count > 0 && count < best.count) this.#heap.push({ ...best, count });
    }
  }

  /** Replaces the pair by the symbol `id` in every word. */
  merge(pair: Candidate, id: number): void {
    const key = pairKey(pair.left, pair.right);
    const touched = new Set<number>();
    for (const index of this.#places.get(key) ?? []) {
      const word = this.#words[index];
      if (word === undefined) continue;
      this.#add(index, -1);
      word.symbols = replacePair(word.symbols, pair, id);
      for (const changed of this.#add(index, 1)) touched.add(changed);
    }
    this.#counts.delete(key);
    this.#places.delete(key);
    for (const changed of touched) if (hasSymbol(changed, id)) this.#offer(changed);
  }

  /** Counts the pairs of a word in (`sign` 1) or out (-1); returns the pairs. */
  #add(index: number, sign: 1 | -1): number[] {
    const word = this.#words[index];
    if (word === undefined) return [];
    const keys: number[] = [];
    for (let i = 1; i < word.symbols.length; i++) {
      const key = pairKey(word.symbols[i - 1] ?? 0, word.symbols[i] ?? 0);
      keys.push(key);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * word.count);
      if (sign < 0) continue;
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, new Set([index]));
      else places.add(index);
    }
    return keys;
  }

  #offer(key: number): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 0) this.#heap.push({ count, left: Math.floor(key / pairBase), right: key % pairBase });
  }
}

function pairKey(left: number, right: number): number {
  return left * pairBase + right;
}

function hasSymbol(key: number, id: number): boolean {
  return Math.floor(key / pairBase) === id || key % pairBase === id;
}

function before(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

function replacePair(symbols: readonly number[], pair: Candidate, id: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] ?? 0;
    const joined = symbol === pair.left && symbols[i + 1] === pair.right;
    result.push(joined ? id : symbol);
    if (joined) i++;
  }
  return result;
}
