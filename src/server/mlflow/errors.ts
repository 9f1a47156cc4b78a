// Our errors as MLflow's: the one table of error codes, statuses and classes, and the body that carries them.
import { ConflictError, InputError, NotFoundError, ResourceError } from '../../core/index.ts';
import type { ErrorAnswer } from '../http/face.ts';
import { Refusal, retryHeaders } from '../http/refusal.ts';
import { pythonString } from './wire/index.ts';

/** MLflow's code, the HTTP status that goes with it, and the class that newer servers add. */
const codes = {
  INVALID_PARAMETER_VALUE: { status: 400, errorClass: 'INVALID_PARAMETER_VALUE' },
  RESOURCE_ALREADY_EXISTS: { status: 400, errorClass: 'RESOURCE_ALREADY_EXISTS' },
  RESOURCE_DOES_NOT_EXIST: { status: 404, errorClass: 'RESOURCE_NOT_FOUND' },
  ENDPOINT_NOT_FOUND: { status: 404, errorClass: undefined },
  UNAUTHENTICATED: { status: 401, errorClass: undefined },
  PERMISSION_DENIED: { status: 403, errorClass: undefined },
  REQUEST_LIMIT_EXCEEDED: { status: 429, errorClass: undefined },
  INTERNAL_ERROR: { status: 500, errorClass: 'INTERNAL_ERROR' },
  NOT_IMPLEMENTED: { status: 501, errorClass: undefined },
  TEMPORARILY_UNAVAILABLE: { status: 503, errorClass: 'TEMPORARILY_UNAVAILABLE' },
} as const;

export type ErrorCode = keyof typeof codes;

/** A refusal that only this protocol knows: it says its code itself. Features throw the errors of core. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';
  readonly code: ErrorCode;
  /** When it is not the status of the code. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, { status }: { readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The answer for an error. `requestId` stands in answers that do not say what happened, and in the log. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof MlflowError) return answer(error.code, error.message, error.status);
  if (error instanceof Refusal) return refusal(error);
  if (error instanceof NotFoundError) return answer('RESOURCE_DOES_NOT_EXIST', error.message);
  if (error instanceof ConflictError) return answer('RESOURCE_ALREADY_EXISTS', error.message);
  // A thing in the wrong state too: MLflow's own code for that is a 500, which clients repeat for minutes.
  if (error instanceof InputError) return answer('INVALID_PARAMETER_VALUE', error.message);
  if (error instanceof ResourceError)
    return fault(
      'TEMPORARILY_UNAVAILABLE',
      `The server cannot do this at present: its log has the reason under ${requestId}`,
    );
  return fault(
    'INTERNAL_ERROR',
    `The server failed at this request: its log has the reason under ${requestId}`,
  );
}

function refusal({ kind, message, status, retryAfterMs }: Refusal): ErrorAnswer {
  const code = refusalCodes[kind] ?? 'INVALID_PARAMETER_VALUE';
  const text = kind === 'unreadable' ? `Bad Request. ${message}` : message;
  const challenge = kind === 'unauthenticated' && { 'www-authenticate': 'Basic realm="mlflow"' };
  return { ...answer(code, text, status), headers: { ...retryHeaders(retryAfterMs), ...challenge } };
}

const refusalCodes: Partial<Record<Refusal['kind'], ErrorCode>> = {
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'too-many': 'REQUEST_LIMIT_EXCEEDED',
  stopping: 'TEMPORARILY_UNAVAILABLE',
};

function answer(code: ErrorCode, message: string, status?: number): ErrorAnswer {
  const { status: usual, errorClass } = codes[code];
  const more = errorClass === undefined ? '' : `, "sqlstate": "KAM00", "error_class": "${errorClass}"`;
  const body = `{"error_code": "${code}", "message": ${pythonString(message)}${more}}`;
  return { status: status ?? usual, body, isFault: false };
}

function fault(code: ErrorCode, message: string): ErrorAnswer {
  return { ...answer(code, message), isFault: true };
}
