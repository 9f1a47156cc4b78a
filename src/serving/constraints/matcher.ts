// Walks an automaton over symbols: sets of places in it, found once and remembered.
import type { Automaton, State } from './automaton.ts';

/**
 * Rules under way. A frame lists all places to which its rule may go back, so that many ways to one place share what lies
 * above it (a graph-structured stack; Tomita, 1987). Equal frames are one object.
 */
type Frame = { readonly id: number; readonly returns: readonly Return[] };
type Return = { readonly back: number; readonly frame: Frame };

/** A frame of the step that is being made: its rule may still be called from more places. */
type OpenFrame = { readonly returns: OpenReturn[]; hasEnded: boolean; closed?: Frame };
type OpenReturn = { readonly back: number; readonly frame: Frame | OpenFrame };

type Place = { readonly state: number; readonly frame: Frame };
type OpenPlace = { readonly state: number; readonly frame: Frame | OpenFrame };

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
  readonly #bottom: Frame = { id: 0, returns: [] };
  #positions = new Map<string, Position>();
  #frames = new Map<string, Frame>();
  #frameCount = 1;

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    const first = new Closure(automaton, this.#bottom);
    first.add(automaton.start, this.#bottom);
    this.start = this.#finish(first) ?? new Position([], false, automaton.classCount);
  }

  /** The position behind a symbol of this class, or null. */
  step(from: Position, symbolClass: number): Position | null {
    const known = from.next[symbolClass];
    if (known !== undefined) return known;
    const closure = new Closure(this.automaton, this.#bottom);
    for (const { state, frame } of from.places) {
      for (const { low, high, to } of (this.automaton.states[state] as State).edges) {
        if (low <= symbolClass && symbolClass <= high) closure.add(to, frame);
      }
    }
    const position = this.#finish(closure);
    from.next[symbolClass] = position;
    return position;
  }

  #finish(closure: Closure): Position | null {
    const { kept, isEnd } = closure.run();
    if (kept.length === 0 && !isEnd) return null;
    const places = new Map<string, Place>();
    for (const { state, frame } of kept) {
      const closed = this.#close(frame);
      places.set(`${state}:${closed.id}`, { state, frame: closed });
    }
    const key = `${[...places.keys()].sort().join()} ${isEnd}`;
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    if (this.#positions.size >= mostPositions) this.#forget();
    const position = new Position([...places.values()], isEnd, this.automaton.classCount);
    this.#positions.set(key, position);
    return position;
  }

  /** The frame as it is remembered. Frames do not return to themselves: no rule begins with itself. */
  #close(frame: Frame | OpenFrame): Frame {
    if ('id' in frame) return frame;
    frame.closed ??= this.#internFrame(
      frame.returns.map((each) => ({ back: each.back, frame: this.#close(each.frame) })),
    );
    return frame.closed;
  }

  #internFrame(returns: readonly Return[]): Frame {
    const key = returns
      .map(({ back, frame }) => `${back}:${frame.id}`)
      .sort()
      .join();
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const frame = { id: this.#frameCount++, returns };
    this.#frames.set(key, frame);
    return frame;
  }

  #forget(): void {
    this.#positions = new Map();
    this.#frames = new Map();
    this.start.next.fill(undefined);
  }
}

/** Follows all that needs no symbol. */
class Closure {
  readonly #states: readonly State[];
  readonly #bottom: Frame;
  readonly #places: OpenPlace[] = [];
  readonly #seen = new Map<Frame | OpenFrame, Set<number>>();
  /** By the first state of the rules that are called. */
  readonly #calls = new Map<number, OpenFrame>();
  #isEnd = false;

  constructor({ states }: Automaton, bottom: Frame) {
    this.#states = states;
    this.#bottom = bottom;
  }

  add(state: number, frame: Frame | OpenFrame): void {
    const seen = this.#seen.get(frame) ?? new Set<number>();
    this.#seen.set(frame, seen);
    if (seen.has(state)) return;
    seen.add(state);
    this.#places.push({ state, frame });
  }

  /** Places that wait for a symbol. */
  run(): { readonly kept: readonly OpenPlace[]; readonly isEnd: boolean } {
    const kept: OpenPlace[] = [];
    // Grows while it is walked
    for (const place of this.#places) {
      const { edges, free, calls, isEnd } = this.#states[place.state] as State;
      if (edges.length > 0) kept.push(place);
      for (const to of free) this.add(to, place.frame);
      for (const { start, back } of calls) this.#call(start, { back, frame: place.frame });
      if (isEnd) this.#end(place.frame);
    }
    return { kept, isEnd: this.#isEnd };
  }

  #call(start: number, { back, frame }: OpenReturn): void {
    // A call in last place goes back to where its caller goes back, so that lists do not pile up
    const { edges, free, calls, isEnd } = this.#states[back] as State;
    const isLast = isEnd && edges.length + free.length + calls.length === 0;
    if (isLast) {
      this.add(start, frame);
      return;
    }
    const called = this.#calls.get(start) ?? { returns: [], hasEnded: false };
    this.#calls.set(start, called);
    if (!called.returns.some((each) => each.back === back && each.frame === frame)) {
      called.returns.push({ back, frame });
      if (called.hasEnded) this.add(back, frame);
    }
    this.add(start, called);
  }

  #end(frame: Frame | OpenFrame): void {
    if (frame === this.#bottom) this.#isEnd = true;
    if ('hasEnded' in frame) frame.hasEnded = true;
    for (const each of frame.returns) this.add(each.back, each.frame);
  }
}
