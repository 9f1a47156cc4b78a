// Errors on their way from the serving thread: of the class that they had, so that each is told as what it is.
import {
  BusyError,
  ConflictError,
  ContextLengthError,
  InputError,
  InterruptedError,
  NotFoundError,
  NumericError,
  ResourceError,
  StateError,
} from '../../core/index.ts';

/** An error that can be copied. */
export type SentError = {
  readonly kind: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly retryAfterMs?: number;
  readonly sizes?: ConstructorParameters<typeof ContextLengthError>[0];
};

const classes = {
  NotFoundError,
  ConflictError,
  StateError,
  InputError,
  ResourceError,
  NumericError,
  InterruptedError,
} as const;

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { kind: 'Error', message: String(error), stack: undefined };
  const { message, stack } = error;
  if (error instanceof BusyError)
    return { kind: 'BusyError', message, stack, retryAfterMs: error.retryAfterMs };
  if (error instanceof ContextLengthError) {
    const { promptTokens, newTokens, maxLength } = error;
    return { kind: 'ContextLengthError', message, stack, sizes: { promptTokens, newTokens, maxLength } };
  }
  const known = Object.entries(classes).find(([, kind]) => error instanceof kind);
  return { kind: known?.[0] ?? 'Error', message, stack };
}

export function receiveError(sent: SentError): Error {
  const error = errorOf(sent);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}

function errorOf({ kind, message, retryAfterMs, sizes }: SentError): Error {
  if (retryAfterMs !== undefined) return new BusyError(message, retryAfterMs);
  if (sizes !== undefined) return new ContextLengthError(sizes);
  return isKnown(kind) ? new classes[kind](message) : new Error(message);
}

function isKnown(kind: string): kind is keyof typeof classes {
  return kind in classes;
}
