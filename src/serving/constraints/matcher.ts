// Walks an automaton over symbols: sets of places in it, found once and remembered.
import type { Automaton, State } from './automaton.ts';

/** Rules that are under way, innermost first; equal stacks are one object. */
class Stack {
  readonly id: number;
  readonly back: number;
  readonly below: Stack | undefined;
  readonly above = new Map<number, Stack>();

  constructor(id: number, back = -1, below?: Stack) {
    this.id = id;
    this.back = back;
    this.below = below;
  }
}

type Place = { readonly state: number; readonly stack: Stack };

/** All places at which a text so far may be. Equal positions of one matcher are one object. */
export class Position {
  readonly places: readonly Place[];
  /** The text may end here. */
  readonly isEnd: boolean;
  /** By class, where known; null leads nowhere. */
  readonly next: (Position | null | undefined)[];
  /** Tokens that may come next, as bits; filled in by the vocabulary. */
  mask: Uint32Array | undefined;

  constructor(places: readonly Place[], isEnd: boolean, classCount: number) {
    this.places = places;
    this.isEnd = isEnd;
    this.next = new Array(classCount);
  }
}

/** What is remembered is forgotten from this many positions on: texts go on from those that they hold. */
const mostPositions = 20_000;

export class Matcher {
  readonly automaton: Automaton;
  readonly start: Position;
  #positions = new Map<string, Position>();
  #bottom: Stack;
  #stacks = 0;

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.#bottom = new Stack(this.#stacks++);
    this.start = this.#close([{ state: automaton.start, stack: this.#bottom }]) as Position;
  }

  /** The position behind a symbol of this class, or null. */
  step(from: Position, symbolClass: number): Position | null {
    const known = from.next[symbolClass];
    if (known !== undefined) return known;
    const targets: Place[] = [];
    for (const { state, stack } of from.places) {
      for (const { low, high, to } of (this.automaton.states[state] as State).edges) {
        if (low <= symbolClass && symbolClass <= high) targets.push({ state: to, stack });
      }
    }
    const position = targets.length === 0 ? null : this.#close(targets);
    from.next[symbolClass] = position;
    return position;
  }

  /** Follows all that needs no symbol. */
  #close(places: Place[]): Position | null {
    const seen = new Set<number>();
    const kept: Place[] = [];
    const keys: number[] = [];
    let isEnd = false;
    const add = (state: number, stack: Stack) => {
      const key = stack.id * this.automaton.states.length + state;
      if (seen.has(key)) return;
      seen.add(key);
      places.push({ state, stack });
    };
    for (const { state, stack } of places.splice(0)) add(state, stack);
    for (const place of places) {
      const { stack } = place;
      const { edges, free, calls, isEnd: ends } = this.automaton.states[place.state] as State;
      if (edges.length > 0) {
        kept.push(place);
        keys.push(stack.id * this.automaton.states.length + place.state);
      }
      for (const to of free) add(to, stack);
      for (const { start, back } of calls) add(start, this.#push(stack, back));
      if (!ends) continue;
      if (stack.below === undefined) isEnd = true;
      else add(stack.back, stack.below);
    }
    if (kept.length === 0 && !isEnd) return null;
    return this.#intern(keys.sort((a, b) => a - b).join(), kept, isEnd);
  }

  /** A call in last place goes back to where its caller goes back, so that lists do not pile up. */
  #push(stack: Stack, back: number): Stack {
    const { edges, free, calls, isEnd } = this.automaton.states[back] as State;
    if (isEnd && stack.below !== undefined && edges.length + free.length + calls.length === 0) return stack;
    const known = stack.above.get(back);
    if (known !== undefined) return known;
    const pushed = new Stack(this.#stacks++, back, stack);
    stack.above.set(back, pushed);
    return pushed;
  }

  #intern(key: string, places: readonly Place[], isEnd: boolean): Position {
    const known = this.#positions.get(`${key}${isEnd}`);
    if (known !== undefined) return known;
    if (this.#positions.size >= mostPositions) this.#forget();
    const position = new Position(places, isEnd, this.automaton.classCount);
    this.#positions.set(`${key}${isEnd}`, position);
    return position;
  }

  #forget(): void {
    this.#positions = new Map();
    this.start?.next.fill(undefined);
    this.#bottom.above.clear();
  }
}
