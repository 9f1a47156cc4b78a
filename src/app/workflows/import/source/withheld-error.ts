// The error of a source that works but does not give one thing.

/** The source answers, and fails at this one thing: it is told and tried again by the next import, while the rest goes on. */
export class WithheldError extends Error {
  override readonly name = 'WithheldError';
}
