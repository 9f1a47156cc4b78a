// The check of a page's size: PostgreSQL refuses a negative one in its own words, SQLite takes it for none.
import { InputError } from '../core/index.ts';

/** One row more than asked for tells whether there are more. @throws InputError */
export function oneMore(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InputError(`Cannot list ${limit} rows; give a whole number from 1 up`);
  return limit + 1;
}
