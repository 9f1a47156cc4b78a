// A log file that does not grow without end: the newest part, and one older file beside it.
import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Characters of the newest text that are kept in memory. */
const shownEnd = 4000;

/** Appends what comes to a file; a disk that takes nothing loses it, which ends nothing. */
export class BoundedLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #bytes: number;
  #end = '';

  /** @param maxBytes of the file; when it is reached, the file becomes `PATH.1`, in place of an earlier one */
  constructor(path: string, maxBytes = 4 * 2 ** 20) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The end of what was written. */
  get end(): string {
    return this.#end;
  }

  write(chunk: Uint8Array): void {
    this.#end = (this.#end + Buffer.from(chunk).toString('utf8')).slice(-shownEnd);
    try {
      if (this.#bytes >= this.#maxBytes) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#bytes = 0;
      }
      appendFileSync(this.#path, chunk);
      this.#bytes += chunk.length;
    } catch {
      // The run goes on without its log
    }
  }
}
