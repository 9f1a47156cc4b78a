// Holds text back that may be the beginning of a stop string, and cuts it there.

/** Text that is told and, once a stop string was met, the end. */
export type Released = { readonly text: string; readonly stopped: boolean };

export class StopText {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes the next text; returns what can be no part of a stop string. */
  push(text: string): Released {
    this.#held += text;
    const cuts = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (cuts.length > 0) return { text: this.#held.slice(0, Math.min(...cuts)), stopped: true };
    const ready = this.#held.length - heldLength(this.#held, this.#stops);
    const released = this.#held.slice(0, ready);
    this.#held = this.#held.slice(ready);
    return { text: released, stopped: false };
  }

  /** What is still held back; call it after the last text. */
  flush(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}

/** Length of the longest end of the text with which one of the strings begins, short of all of it. */
export function heldLength(text: string, strings: readonly string[]): number {
  let longest = 0;
  for (const each of strings) {
    for (let length = Math.min(each.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(each.slice(0, length))) longest = length;
    }
  }
  return longest;
}
