// A value of a request that cannot be taken, on its way up to where its path is known; and MLflow's texts for it.
import { InputError } from '../../../core/index.ts';
import { pythonJson } from './python-text.ts';

/** Ends MLflow's sentences about parameters. */
export const seeDocs = 'See the API docs for more information about request parameters.';

/** Thrown by readers. The path grows as it passes the messages and lists around the value. */
export class Fault extends Error {
  override readonly name = 'Fault';
  path = '';
  readonly #describe: (path: string) => string;

  constructor(describe: (path: string) => string) {
    super('A value of a request cannot be taken');
    this.#describe = describe;
  }

  /** The same fault, seen from the message or list that holds the value at `step`: `name` or `[3]`. */
  within(step: string): this {
    this.path = this.path === '' || this.path.startsWith('[') ? step + this.path : `${step}.${this.path}`;
    return this;
  }

  toInputError(): InputError {
    return new InputError(this.#describe(this.path), { cause: this });
  }
}

/** A value of the wrong type, or out of range. */
export function wrongType(value: unknown): Fault {
  return wrongValue(value, ` Hint: Value was of type '${pythonType(value)}'.`);
}

/** A value that is refused for a reason: a sentence with its full stop. */
export function wrongValue(value: unknown, reason: string): Fault {
  return new Fault(
    (path) => `Invalid value ${pythonJson(value)} for parameter '${path}' supplied: ${reason} ${seeDocs}`,
  );
}

/** A value that is refused with a sentence that stands alone. */
export function refusal(sentence: string): Fault {
  return new Fault(() => sentence);
}

/** A required value that is not there. */
export function missing(): Fault {
  return new Fault((path) => `Missing value for required parameter '${path}'. ${seeDocs}`);
}

/** Gives a fault that came from within its next step; other errors pass as they are. */
export function within(error: unknown, step: string): unknown {
  return error instanceof Fault ? error.within(step) : error;
}

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[String(typeof value)] ?? 'object';
}
