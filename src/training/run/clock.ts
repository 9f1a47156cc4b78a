// How long the rest of a run will take.

/** Seconds that the remaining steps will take, from a running mean that follows changes of pace. */
export class Clock {
  #left: number;
  #mean: number | undefined;

  constructor(steps: number) {
    this.#left = steps;
  }

  tick(seconds: number): void {
    this.#left--;
    this.#mean = this.#mean === undefined ? seconds : 0.95 * this.#mean + 0.05 * seconds;
  }

  secondsLeft(): number {
    return this.#left * (this.#mean ?? 0);
  }
}
