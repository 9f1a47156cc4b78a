// A time limit that a busy process does not eat up: training holds up the event loop for seconds, in which no answer can be read.

const tickMs = 250;

/**
 * A signal that aborts when so much time has passed in which the process could look at its connections. A stretch in which
 * it could not counts as one tick.
 */
export class Patience {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #left: number;

  constructor(milliseconds: number) {
    this.#left = Math.ceil(milliseconds / tickMs);
    const ticks = this.#left;
    this.reset = () => {
      this.#left = ticks;
    };
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Begins again: something has moved. */
  readonly reset: () => void;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets the process end. */
  end(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#left--;
    if (this.#left > 0) return;
    this.end();
    this.#controller.abort(new DOMException('it does not answer', 'TimeoutError'));
  }
}
