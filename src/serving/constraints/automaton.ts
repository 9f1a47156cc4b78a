// A grammar as states with edges over symbols and calls of rules: what a matcher walks.
import { InputError } from '../../core/index.ts';
import type { Expression, Grammar } from './expression.ts';
import { firstTokenSymbol } from './expression.ts';

/** A range of symbol classes that leads on. */
type Edge = { readonly low: number; readonly high: number; readonly to: number };

/** Where to go on once the rule has matched. */
type Call = { readonly start: number; readonly back: number };

/** One state of {@link Automaton}. */
export type State = {
  /** By symbols while it is built, by classes afterwards. */
  edges: Edge[];
  readonly free: number[];
  calls: Call[];
  isEnd: boolean;
};

/** States of all rules; symbols that no edge tells apart are of one class. */
export type Automaton = {
  readonly states: readonly State[];
  readonly start: number;
  readonly classCount: number;
  /** Class of each byte. */
  readonly byteClass: Uint16Array;
  /** Class of each special token that the grammar names, by id. */
  readonly tokenClass: ReadonlyMap<number, number>;
};

/** Keeps memory bounded whatever schema comes. */
const mostStates = 200_000;

/** @throws InputError for a grammar that is too large, has no finite text or leads to itself without one */
export function buildAutomaton(grammar: Grammar): Automaton {
  const builder = new Builder(grammar);
  const start = builder.build();
  const { states } = builder;
  refuseEndless(states, start);
  return { ...classify(states), start };
}

class Builder {
  readonly states: State[] = [];
  readonly #grammar: Grammar;
  readonly #starts = new Map<string, number>();
  readonly #waiting: { readonly start: number; readonly of: Expression }[] = [];
  /** Bodies of repetitions, each built once. */
  readonly #bodies = new Map<Expression, number>();

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  build(): number {
    const start = this.#enqueue(this.#grammar.root);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const end = this.#add(next.of, next.start);
      (this.states[end] as State).isEnd = true;
    }
    return start;
  }

  #state(): number {
    if (this.states.length >= mostStates)
      throw new InputError(
        `Cannot constrain the answer: its form needs more than ${mostStates} states; use a smaller schema or smaller limits`,
      );
    return this.states.push({ edges: [], free: [], calls: [], isEnd: false }) - 1;
  }

  #enqueue(of: Expression): number {
    const start = this.#state();
    this.#waiting.push({ start, of });
    return start;
  }

  /** Puts the expression behind a state; returns the state behind it. */
  #add(of: Expression, from: number): number {
    if (of.kind === 'symbol') return this.#edge(from, of.ranges);
    if (of.kind === 'sequence') return of.parts.reduce((at, part) => this.#add(part, at), from);
    if (of.kind === 'choice') return this.#choice(of.options, from);
    if (of.kind === 'repeat') return this.#repeat(of, from);
    return this.#call(from, this.#ruleStart(of.name));
  }

  #edge(from: number, ranges: readonly (readonly [number, number])[]): number {
    const to = this.#state();
    const state = this.states[from] as State;
    for (const [low, high] of ranges) state.edges.push({ low, high, to });
    return to;
  }

  #choice(options: readonly Expression[], from: number): number {
    const end = this.#state();
    for (const option of options) {
      const start = this.#free(from);
      (this.states[this.#add(option, start)] as State).free.push(end);
    }
    return end;
  }

  #repeat({ of, least, most }: Extract<Expression, { kind: 'repeat' }>, from: number): number {
    const once = least + (most === Number.POSITIVE_INFINITY ? 1 : most - least) <= 1;
    // A body that stands more than once is a rule of its own, so that it is built only once.
    const add = (at: number) =>
      once || of.kind === 'symbol' ? this.#add(of, at) : this.#call(at, this.#body(of));
    let at = from;
    for (let i = 0; i < least; i++) at = add(at);
    if (most === Number.POSITIVE_INFINITY) {
      const loop = this.#free(at);
      (this.states[add(loop)] as State).free.push(loop);
      return this.#free(loop);
    }
    const end = this.#state();
    for (let i = least; i < most; i++) {
      (this.states[at] as State).free.push(end);
      at = add(at);
    }
    (this.states[at] as State).free.push(end);
    return end;
  }

  #free(from: number): number {
    const to = this.#state();
    (this.states[from] as State).free.push(to);
    return to;
  }

  #call(from: number, start: number): number {
    const back = this.#state();
    (this.states[from] as State).calls.push({ start, back });
    return back;
  }

  #body(of: Expression): number {
    const start = this.#bodies.get(of) ?? this.#enqueue(of);
    this.#bodies.set(of, start);
    return start;
  }

  #ruleStart(name: string): number {
    const of = this.#grammar.rules.get(name);
    if (of === undefined) throw new TypeError(`Cannot build the grammar: it has no rule '${name}'`);
    const start = this.#starts.get(name) ?? this.#enqueue(of);
    this.#starts.set(name, start);
    return start;
  }
}

/** States from which their rule's end is reached: over any number of symbols, or over none. */
function reachingEnd(states: readonly State[], overSymbols: boolean): boolean[] {
  const reaches = states.map(({ isEnd }) => isEnd);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = states.length - 1; i >= 0; i--) {
      if (reaches[i]) continue;
      const { edges, free, calls } = states[i] as State;
      const ends =
        free.some((to) => reaches[to]) ||
        (overSymbols && edges.some(({ to }) => reaches[to])) ||
        calls.some(({ start, back }) => reaches[start] && reaches[back]);
      if (ends) changed = reaches[i] = true;
    }
  }
  return reaches;
}

/** Drops what no finite text leads through; refuses a grammar without texts, and rules that begin with themselves. */
function refuseEndless(states: readonly State[], start: number): void {
  const finite = reachingEnd(states, true);
  if (!finite[start])
    throw new InputError(
      'Cannot constrain the answer: no finite text has the form that is asked for; give the recursion an end',
    );
  for (const state of states) {
    state.edges = state.edges.filter(({ to }) => finite[to]);
    state.calls = state.calls.filter((call) => finite[call.start] && finite[call.back]);
    const free = state.free.splice(0);
    state.free.push(...free.filter((to) => finite[to]));
  }
  refuseLeftRecursion(states, start);
}

function refuseLeftRecursion(states: readonly State[], root: number): void {
  const empty = reachingEnd(states, false);
  const starts = new Set([root, ...states.flatMap(({ calls }) => calls.map(({ start }) => start))]);
  const begins = new Map([...starts].map((start) => [start, callsAtStart(states, start, empty)]));
  const done = new Set<number>();
  const open = new Set<number>();
  const visit = (start: number): void => {
    if (done.has(start)) return;
    if (open.has(start))
      throw new InputError(
        'Cannot constrain the answer: a part of its form begins with itself; remove the $ref that leads back to itself',
      );
    open.add(start);
    for (const next of begins.get(start) ?? []) visit(next);
    open.delete(start);
    done.add(start);
  };
  for (const start of starts) visit(start);
}

/** Rules that a rule may call before it has matched anything. */
function callsAtStart(states: readonly State[], start: number, empty: readonly boolean[]): Set<number> {
  const seen = new Set([start]);
  const found = new Set<number>();
  for (const at of seen) {
    const { free, calls } = states[at] as State;
    for (const to of free) seen.add(to);
    for (const call of calls) {
      found.add(call.start);
      if (empty[call.start]) seen.add(call.back);
    }
  }
  return found;
}

/** Replaces symbols by classes. */
function classify(states: readonly State[]): Omit<Automaton, 'start'> {
  const bounds = new Set([0, firstTokenSymbol]);
  const tokens = new Set<number>();
  for (const { low, high } of states.flatMap(({ edges }) => edges)) {
    bounds.add(low).add(high + 1);
    if (low >= firstTokenSymbol) tokens.add(low - firstTokenSymbol);
  }
  const sorted = [...bounds].sort((a, b) => a - b);
  const classOf = new Map(sorted.map((bound, index) => [bound, index]));
  for (const state of states) {
    state.edges = state.edges.map(({ low, high, to }) => ({
      low: classOf.get(low) as number,
      high: (classOf.get(high + 1) as number) - 1,
      to,
    }));
  }
  const byteClass = new Uint16Array(firstTokenSymbol);
  let current = 0;
  for (let byte = 0; byte < firstTokenSymbol; byte++)
    byteClass[byte] = current = classOf.get(byte) ?? current;
  const tokenClass = new Map([...tokens].map((token) => [token, classOf.get(firstTokenSymbol + token) ?? 0]));
  return { states, classCount: sorted.length, byteClass, tokenClass };
}
