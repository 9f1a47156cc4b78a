// Gathers the texts that are encoded in the same turn of the event loop into one batch, which the library spreads over the cores.
import type { JsEncoding, Tokenizer as NativeTokenizer } from 'tokenizers';

type Waiting = {
  readonly text: string;
  readonly resolve: (encoding: JsEncoding) => void;
  readonly reject: (cause: unknown) => void;
};

/** Encodes without special tokens; callers add those themselves. */
export class EncodeQueue {
  readonly #native: NativeTokenizer;
  #waiting: Waiting[] = [];

  constructor(native: NativeTokenizer) {
    this.#native = native;
  }

  encode(text: string): Promise<JsEncoding> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => void this.#flush());
      this.#waiting.push({ text, resolve, reject });
    });
  }

  encodeBatch(texts: readonly string[]): Promise<JsEncoding[]> {
    return this.#native.encodeBatch([...texts], { addSpecialTokens: false });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const encodings = await this.encodeBatch(waiting.map((item) => item.text));
      for (const [i, encoding] of encodings.entries()) waiting[i]?.resolve(encoding);
    } catch (cause) {
      for (const item of waiting) item.reject(cause);
    }
  }
}
