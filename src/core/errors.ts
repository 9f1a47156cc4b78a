// What can go wrong, told apart by what the catcher does. The edges map these to exit codes and wire errors.

/** Where in a user's input a fault lies. `line` counts from 1. */
export type InputLocation = { readonly file?: string; readonly line?: number };

/** Options of every error: the cause, kept for logs. */
export type ErrorDetails = { readonly cause?: unknown; readonly location?: InputLocation };

/**
 * The user's input is wrong: a configuration, a data row, a file, a command line. Exit status 2.
 * The message states the action, the current value and the remedy.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';
  readonly location: InputLocation | undefined;
  constructor(message: string, details: ErrorDetails = {}) {
    super(
      describeLocation(details.location) + message,
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.location = details.location;
  }
}

/** Several faults of one input, reported at once. Exit status 2. */
export class InputErrors extends InputError {
  readonly faults: readonly string[];
  constructor(summary: string, faults: readonly string[], details: ErrorDetails = {}) {
    super([summary, ...faults.map((fault) => `  - ${fault}`)].join('\n'), details);
    this.faults = faults;
  }
}

/** What the user names does not exist. Exit status 2. */
export class NotFoundError extends InputError {
  override readonly name = 'NotFoundError';
}

/** What the user wants to create exists already, or another writer came first. Exit status 2. */
export class ConflictError extends InputError {
  override readonly name = 'ConflictError';
}

/** The thing is in a state that does not permit the action: a deleted run, a finished upload. Exit status 2. */
export class StateError extends InputError {
  override readonly name = 'StateError';
}

/** The run was stopped from outside and can be resumed. Exit status 3. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The machine refuses: disk full, no memory, no permission, missing provider. Exit status 1. */
export class ResourceError extends Error {
  override readonly name = 'ResourceError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
  }
}

/** The server has more work than it takes; try again later. Exit status 1. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  /** When a next attempt is likely to be taken, in milliseconds from now. */
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A number that must be finite is not, or a check of the run's own arithmetic failed. Exit status 1. */
export class NumericError extends Error {
  override readonly name = 'NumericError';
}

function describeLocation(location: InputLocation | undefined): string {
  if (location?.file === undefined) return location?.line === undefined ? '' : `line ${location.line}: `;
  return location.line === undefined ? `${location.file}: ` : `${location.file}:${location.line}: `;
}
