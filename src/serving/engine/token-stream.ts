// The tokens of one text on their way to the one who reads them, at whatever pace that is.
import type { TokenEvent, TokenUsage } from './token-request.ts';

/** The events of one text, for one reader. Leaving the loop early ends the text. */
export interface TokenStream extends AsyncIterable<TokenEvent> {
  /** What the text has cost so far. */
  readonly usage: TokenUsage;
}

type Reader = {
  readonly resolve: (result: IteratorResult<TokenEvent, void>) => void;
  readonly reject: (error: unknown) => void;
};

/** How a buffer is joined to its text. */
export type TokenBufferOptions = {
  readonly usage: () => TokenUsage;
  /** The reader wants no more. */
  readonly onLeave: () => void;
};

type EndOptions = { readonly unread?: 'kept' | 'forgotten' };

/** Holds events until they are read: their number is bounded by the text's length, so the writer never waits. */
export class TokenBuffer implements TokenStream {
  readonly #options: TokenBufferOptions;
  readonly #events: TokenEvent[] = [];
  readonly #readers: Reader[] = [];
  #next = 0;
  #ending: { readonly error?: unknown } | undefined;

  constructor(options: TokenBufferOptions) {
    this.#options = options;
  }

  get usage(): TokenUsage {
    return this.#options.usage();
  }

  push(event: TokenEvent): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#events.push(event);
    else reader.resolve({ done: false, value: event });
  }

  /** No more events; the error, if there is one, is thrown behind those not yet read, or in their place. */
  end(ending: { readonly error?: unknown } = {}, { unread = 'kept' }: EndOptions = {}): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (unread === 'forgotten') this.#next = this.#events.length;
    for (const reader of this.#readers.splice(0)) this.#settle(reader);
  }

  [Symbol.asyncIterator](): AsyncIterator<TokenEvent, void, undefined> {
    return {
      next: () => new Promise((resolve, reject) => this.#settle({ resolve, reject })),
      return: () => {
        this.#options.onLeave();
        this.#ending = {};
        this.#next = this.#events.length;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #settle(reader: Reader): void {
    const event = this.#events[this.#next];
    if (event !== undefined) {
      this.#next++;
      reader.resolve({ done: false, value: event });
    } else if (this.#ending === undefined) this.#readers.push(reader);
    else if ('error' in this.#ending) {
      const { error } = this.#ending;
      this.#ending = {};
      reader.reject(error);
    } else reader.resolve({ done: true, value: undefined });
  }
}
