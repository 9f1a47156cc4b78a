// Splits the elements of a JSON array (or top-level values one after another) out of a stream of bytes.
import { RowFault } from '../fault.ts';

/**
 * Where the rows are: elements of the top-level array, elements of the one array that a top-level object holds,
 * or the top-level objects themselves.
 */
export type JsonLayout = 'array' | 'wrapped' | 'values';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Push bytes in, take whole elements out; `finish` refuses a text that ends early. */
export class JsonSplitter {
  readonly #layout: JsonLayout;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Depth at which elements begin, or -1 outside the array that holds them. */
  #level = -1;
  #parts: Buffer[] = [];
  #start = -1;
  #separated = true;
  #arrays = 0;
  #offset = 0;
  #elements = 0;

  constructor(layout: JsonLayout) {
    this.#layout = layout;
    if (layout === 'values') this.#level = 0;
  }

  /** The elements that end within `chunk`, each as its own JSON text. */
  *push(chunk: Buffer): Generator<Buffer> {
    if (this.#start >= 0) this.#start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
        continue;
      }
      if (byte <= 0x20) continue;
      const ended = this.#step(byte, at);
      if (ended >= 0) yield this.#take(chunk, ended);
    }
    if (this.#start >= 0) this.#parts.push(Buffer.from(chunk.subarray(this.#start)));
    this.#offset += chunk.length;
  }

  /** Throws where the text ended before the array did. */
  finish(): void {
    const open = this.#depth > 0 || this.#inString || this.#start >= 0;
    if (open || (this.#layout !== 'values' && this.#arrays === 0))
      throw new RowFault(
        'truncated',
        `JSON ends too early, at byte offset ${this.#offset}, after ${this.#elements} whole records`,
        'copy the file again',
      );
  }

  /** Handles one byte outside strings; the end of the element that it closes, or -1. */
  #step(byte: number, at: number): number {
    if (byte === quote) this.#inString = true;
    if (this.#level < 0) return this.#outside(byte);
    if (this.#depth === this.#level) {
      if (byte === comma && this.#layout !== 'values') return this.#separate(at);
      if (byte === closeBracket && this.#layout !== 'values') return this.#closeArray(at);
      if (this.#start < 0) this.#begin(at);
    }
    if (byte === openBrace || byte === openBracket) this.#depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth--;
      if (this.#depth < this.#level) throw this.#broken('a closing bracket too many');
      if (this.#depth === this.#level) return at + 1;
    }
    return -1;
  }

  #outside(byte: number): number {
    if (byte === openBracket && this.#depth === (this.#layout === 'array' ? 0 : 1)) {
      if (this.#arrays++ > 0) throw this.#severalArrays();
      this.#level = this.#depth + 1;
    }
    if (byte === openBracket || byte === openBrace) this.#depth++;
    else if (byte === closeBracket || byte === closeBrace) this.#depth--;
    else if (this.#depth === 0) throw this.#broken('text outside the array');
    return -1;
  }

  #begin(at: number): void {
    if (!this.#separated && this.#layout !== 'values') throw this.#broken('no comma between two records');
    this.#start = at;
    this.#separated = false;
  }

  /** A comma between elements ends a bare one (a number, a string). */
  #separate(at: number): number {
    if (this.#separated) throw this.#broken('a comma where a record should be');
    this.#separated = true;
    return this.#start >= 0 ? at : -1;
  }

  #closeArray(at: number): number {
    if (this.#separated && this.#elements > 0) throw this.#broken('a comma after the last record');
    const ended = this.#start >= 0 ? at : -1;
    this.#depth--;
    this.#level = -1;
    return ended;
  }

  #take(chunk: Buffer, end: number): Buffer {
    const piece = chunk.subarray(this.#start, end);
    const whole = this.#parts.length === 0 ? piece : Buffer.concat([...this.#parts, piece]);
    this.#parts = [];
    this.#start = -1;
    this.#elements++;
    return whole;
  }

  #broken(what: string): RowFault {
    return new RowFault(
      'not-json',
      `File is not JSON: ${what}, after record ${this.#elements}`,
      'write an array of objects, or one object per line',
    );
  }

  #severalArrays(): RowFault {
    return new RowFault(
      'unknown-format',
      'JSON object holds more than one array, so it is not clear which has the rows',
      'save each array as a file of its own',
    );
  }
}
