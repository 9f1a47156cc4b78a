// Gives errors about the input the place in the user's files that they are about.
import { InputError, type InputLocation } from '../core/index.ts';

/** Options that say where an example comes from. */
export type Located = { readonly location?: InputLocation };

/** An {@link InputError} at the example's place. */
export function fault(message: string, options: Located): InputError {
  return new InputError(message, options.location === undefined ? {} : { location: options.location });
}

/** Runs `work`; an {@link InputError} without a place gets the example's. */
export function locate<T>(options: Located, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw placed(options, cause);
  }
}

/** {@link locate} for work that takes its time. */
export async function locateAsync<T>(options: Located, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw placed(options, cause);
  }
}

function placed({ location }: Located, cause: unknown): unknown {
  const bare = cause instanceof InputError && cause.location === undefined;
  return bare && location !== undefined ? new InputError(cause.message, { cause, location }) : cause;
}
