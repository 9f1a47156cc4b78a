// A text that must not be seen: whoever prints, logs or serialises it gets asterisks.
import { inspect } from 'node:util';

const mask = '***';

/** Holds a secret text. Only {@link Secret.reveal} gives it out; `${secret}`, JSON, `console.log` and error texts show `***`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
