// MLflow's messages on the wire: descriptors, the types inferred from them, one reader and one writer.
import type { Query } from '../../http/call.ts';
import { Fault } from './fault.ts';
import type { Fields, Read, Written } from './field.ts';
import { type Message, readQuery } from './message.ts';

export {
  aliased,
  type Field,
  type Fields,
  type Infer,
  type Output,
  required,
  type Writer,
  withDefault,
} from './field.ts';
export { isRecord, type Message, message, repeated } from './message.ts';
export { pythonFloat, pythonString } from './python-text.ts';
export { parseBody } from './request-body.ts';
export { bool, double, enumeration, int32, int64, type Range, string } from './scalars.ts';

/**
 * Reads a message from JSON.
 * @throws InputError with MLflow's text for a missing value or one of another type
 */
export function readMessage<Fs extends Fields>(type: Message<Fs>, json: unknown): Read<Fs> {
  return orInputError(() => type.read(json));
}

/**
 * Reads a message from the parameters of a query.
 * @throws InputError with MLflow's text for a missing value or one of another type
 */
export function readQueryMessage<Fs extends Fields>(type: Message<Fs>, query: Query): Read<Fs> {
  return orInputError(() => readQuery(type, query));
}

/** A message as MLflow's server prints it: indented, in the order of the fields, ASCII. */
export function writeMessage<Fs extends Fields>(type: Message<Fs>, value: Written<Fs>): string {
  return type.writer(0).write(value);
}

function orInputError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Fault ? error.toInputError() : error;
  }
}
