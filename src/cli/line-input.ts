// Lines that a person types or a pipe gives, one at a time.
import { createInterface, type Interface } from 'node:readline';

/** Standard input by lines. On a terminal lines can be edited, and Ctrl-C comes as `onInterrupt`. */
export class LineInput implements Disposable {
  readonly isTerminal: boolean;
  readonly #interface: Interface;
  readonly #onInterrupt: () => void;
  readonly #lines: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(onInterrupt: () => void) {
    this.isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    this.#onInterrupt = onInterrupt;
    this.#interface = createInterface({
      input: process.stdin,
      ...(this.isTerminal ? { output: process.stdout, prompt: '> ' } : {}),
      terminal: this.isTerminal,
    });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    this.#interface.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#interface.on('SIGINT', onInterrupt);
    process.on('SIGINT', onInterrupt);
  }

  /** The next line, after a prompt on a terminal; undefined at the end of input or after {@link LineInput.end}. */
  async next(): Promise<string | undefined> {
    if (this.#lines.length === 0 && !this.#ended) {
      if (this.isTerminal) this.#interface.prompt();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return this.#lines.shift();
  }

  /** Takes no more lines. */
  end(): void {
    this.#lines.length = 0;
    this.#interface.close();
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInterrupt);
    this.#interface.close();
  }
}
