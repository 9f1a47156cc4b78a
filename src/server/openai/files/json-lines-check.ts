// Looks at training data while it is uploaded, line by line: what can never be training data is told at once, with its line.
import { ParameterError } from '../../http/parse.ts';

const newline = 10;
/** The longest line, in bytes: what an example of a million tokens needs. */
const lineLimit = 16 * 2 ** 20;

/**
 * Takes the bytes of a file in order and remembers the first fault of its lines. Whether lines hold what training needs is
 * looked at when a job uses them.
 */
export class JsonLinesCheck {
  /** The first fault. */
  fault: ParameterError | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #line = 1;
  #examples = 0;
  /** The parts of a line whose end has not come. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;

  push(chunk: Uint8Array): void {
    let from = 0;
    while (this.fault === undefined) {
      const to = chunk.indexOf(newline, from);
      if (to < 0) break;
      this.#add(chunk.subarray(from, to));
      this.#endLine();
      from = to + 1;
    }
    if (this.fault === undefined) this.#add(chunk.slice(from));
  }

  /** @throws ParameterError for the first fault, and for a file without lines */
  finish(): void {
    if (this.fault === undefined && this.#begunBytes > 0) this.#endLine();
    if (this.fault === undefined && this.#examples === 0)
      this.fault = fault('it has no line; send one example per line');
    if (this.fault !== undefined) throw this.fault;
  }

  #add(bytes: Uint8Array): void {
    this.#begunBytes += bytes.length;
    if (this.#begunBytes > lineLimit)
      this.fault = fault(
        `line ${this.#line} has more than ${lineLimit} bytes; end each example with a newline`,
      );
    else if (bytes.length > 0) this.#begun.push(bytes);
  }

  #endLine(): void {
    if (this.fault !== undefined) return;
    const [first] = this.#begun;
    const bytes = this.#begun.length === 1 && first !== undefined ? first : Buffer.concat(this.#begun);
    const reason = this.#look(bytes);
    if (reason !== undefined) this.fault = fault(`line ${this.#line} ${reason}`);
    this.#begun = [];
    this.#begunBytes = 0;
    this.#line++;
  }

  /** What is wrong with a line. */
  #look(bytes: Uint8Array): string | undefined {
    let text: string;
    try {
      text = this.#decoder.decode(bytes).trim();
    } catch {
      return 'is not UTF-8; save the file as UTF-8';
    }
    // The checks of data skip blank lines too.
    if (text === '') return undefined;
    this.#examples++;
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return undefined;
      return 'is JSON but no object; write each example as {...}';
    } catch (error) {
      return `is not JSON (${error instanceof Error ? error.message : error}); mend or delete it`;
    }
  }
}

function fault(reason: string): ParameterError {
  return new ParameterError('file', `Expected the file to have JSONL format: ${reason}`);
}
