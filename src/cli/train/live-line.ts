// One line that is drawn anew as work goes on, where a person watches; elsewhere a plain line now and then.
import type { Output } from '../terminal.ts';

const redrawEvery = 100;

/** The last line of an output. */
export class LiveLine {
  readonly #output: Output;
  #drawn = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Whether lines are drawn over one another. */
  get isLive(): boolean {
    return this.#output.isTTY;
  }

  /** Draws the line over the one before; calls in quick succession are left out unless `always`. */
  draw(text: string, always = false): void {
    const now = performance.now();
    if (!always && now - this.#last < redrawEvery) return;
    this.#last = now;
    const width = Math.max(20, this.#output.columns - 1);
    this.#output.write(`\r\x1b[K${text.length > width ? `${text.slice(0, width - 3)}...` : text}`);
    this.#drawn = true;
  }

  /** Takes the line away, so that others can write. */
  clear(): void {
    if (this.#drawn) this.#output.write('\r\x1b[K');
    this.#drawn = false;
  }

  /** A line of its own, above the live one. */
  print(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
  }
}
