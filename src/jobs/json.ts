// JSON on its way into and out of the database.
import { InputError } from '../core/index.ts';
import type { JsonValue } from './job.ts';

/** The value's text. @throws InputError where it holds a number that JSON cannot say: it would silently become null */
export function jsonText(value: JsonValue, what: string): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part))
      throw new InputError(
        `Cannot keep ${what}: ${key === '' ? 'it' : `'${key}'`} is ${part}, which JSON cannot say; leave it out or send it as text`,
      );
    return part;
  });
}

/** What {@link jsonText} wrote. */
export function fromJson<T extends JsonValue>(text: string): T {
  return JSON.parse(text);
}
