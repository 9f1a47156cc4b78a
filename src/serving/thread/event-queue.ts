// Events of one text between the thread that writes it and whoever reads it.
import type { TextEvent } from '../chat/text-event.ts';

/** Filled by the one side, read once by the other. Leaving the events early calls `cancel`. */
export class EventQueue {
  /** Resolves when there is something to read; rejects where the text failed before. */
  readonly begun: Promise<void>;
  /** Called once, when nothing more comes. */
  onEnd: () => void = () => undefined;
  readonly #cancel: () => void;
  readonly #waiting: TextEvent[] = [];
  #state: { readonly ended: boolean; readonly error?: unknown } = { ended: false };
  #wake: () => void = () => undefined;
  #begin: () => void = () => undefined;
  #refuse: (error: unknown) => void = () => undefined;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#refuse = reject;
    });
  }

  push(event: TextEvent): void {
    this.#waiting.push(event);
    this.#begin();
    this.#wake();
  }

  end(): void {
    this.#close({ ended: true });
  }

  /** The reader gets the error in place of what it has not read. */
  fail(error: unknown): void {
    this.#close({ ended: true, error });
  }

  /** What comes, to its end. Left before it is read, it is cancelled all the same. */
  events(): AsyncGenerator<TextEvent, void, undefined> {
    const events = this.#read();
    const leave = events.return.bind(events);
    events.return = async (value) => {
      // A generator that was not begun runs no clean-up of its own
      this.#leave();
      return await leave(value);
    };
    return events;
  }

  async *#read(): AsyncGenerator<TextEvent, void, undefined> {
    try {
      for (;;) {
        if ('error' in this.#state) throw this.#state.error;
        const event = this.#waiting.shift();
        if (event !== undefined) yield event;
        else if (this.#state.ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    if (this.#state.ended) return;
    this.#cancel();
    this.#close({ ended: true });
  }

  #close(state: { readonly ended: true; readonly error?: unknown }): void {
    if (this.#state.ended) return;
    this.#state = state;
    if ('error' in state) {
      this.#cancel();
      this.#refuse(state.error);
    } else {
      this.#begin();
    }
    this.#wake();
    this.onEnd();
  }
}
