// The body of an upload on its way to the store: counted, hashed, shown to whoever checks it, and cut off at the limit.
import { createHash } from 'node:crypto';
import { FileTooLargeError } from './file-record.ts';

/** Options of {@link MeasuredBody}. */
export type BodyOptions = {
  /** Names the file in errors. */
  readonly filename: string;
  readonly limitBytes: number;
  /** Sees each chunk before it is stored, in order; what it throws ends the upload. */
  readonly onChunk?: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
};

/** Reads a body once. */
export class MeasuredBody implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #options: BodyOptions;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  /** Why reading ended early; the store that was reading may have put it into words of its own. */
  fault: { readonly error: unknown; readonly isOfSender: boolean } | undefined;

  constructor(body: AsyncIterable<Uint8Array>, options: BodyOptions) {
    this.#body = body;
    this.#options = options;
  }

  /** Of what was read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of what was read; asked for once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let isOfSender = true;
    try {
      for await (const chunk of this.#body) {
        isOfSender = false;
        await this.#check(chunk);
        yield chunk;
        isOfSender = true;
      }
    } catch (error) {
      this.fault = { error, isOfSender };
      throw error;
    }
  }

  async #check(chunk: Uint8Array): Promise<void> {
    const { filename, limitBytes, onChunk } = this.#options;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > limitBytes) throw new FileTooLargeError(filename, limitBytes);
    this.#hash.update(chunk);
    await onChunk?.(chunk);
  }
}
