// How long texts have taken of late, to tell those who are turned away when to come again.

/** Until a text has been seen. */
const usualMs = 2000;
const shortestMs = 100;
/** Clients take longer waits than a minute for a mistake. */
const longestMs = 30_000;
/** What the newest text weighs in the mean. */
const weight = 0.2;

export class Throughput {
  readonly #slots: number;
  #meanMs: number | undefined;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** A text has given its slot back after so long. */
  add(slotMs: number): void {
    this.#meanMs = this.#meanMs === undefined ? slotMs : this.#meanMs + weight * (slotMs - this.#meanMs);
  }

  /** Until about half of those who wait now will have a slot. */
  retryAfterMs(queued: number): number {
    const perText = (this.#meanMs ?? usualMs) / this.#slots;
    return Math.round(Math.min(longestMs, Math.max(shortestMs, perText * Math.ceil((queued + 1) / 2))));
  }
}
