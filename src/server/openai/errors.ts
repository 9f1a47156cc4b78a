// Errors in OpenAI's form: one table from what went wrong to status, type, code and parameter.
import {
  BusyError,
  ContextLengthError,
  InputError,
  InterruptedError,
  NotFoundError,
  ResourceError,
} from '../../core/index.ts';
import { FileTooLargeError } from '../../files/index.ts';
import type { ErrorAnswer, UnknownRequest } from '../http/face.ts';
import { ParameterError, type ParameterProblem } from '../http/parse.ts';
import { Refusal, type RefusalKind, retryHeaders } from '../http/refusal.ts';

/** What `error` holds in an answer; clients read all four. */
export type ErrorBody = {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
};

/** A refusal with a code of OpenAI's. */
export class OpenAiError extends InputError {
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    message: string,
    {
      status = 400,
      param = null,
      code = null,
    }: { readonly status?: number; readonly param?: string | null; readonly code?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
  }
}

/** How an error is told. */
type Telling = {
  readonly status: number;
  readonly body: ErrorBody;
  readonly retryAfterMs?: number | undefined;
  readonly isFault?: boolean;
};

/** The answer for an error. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  const { status, body, retryAfterMs, isFault = false } = tell(error, requestId);
  return {
    status,
    headers: { 'content-type': 'application/json', ...retryHeaders(retryAfterMs) },
    body: Buffer.from(JSON.stringify({ error: body })),
    isFault,
  };
}

/** What is told of an error, and whether the server is to blame; for streams that have begun. */
export function errorBody(
  error: unknown,
  requestId: string,
): { readonly error: ErrorBody; readonly isFault: boolean } {
  const { body, isFault = false } = tell(error, requestId);
  return { error: body, isFault };
}

/** The answer for a path or a verb that is not there, in OpenAI's words. */
export function refuseUnknown({ method, path, allowed }: UnknownRequest, requestId: string): ErrorAnswer {
  if (allowed.length === 0)
    return errorAnswer(new OpenAiError(`Invalid URL (${method} ${path})`, { status: 404 }), requestId);
  const hint = 'Perhaps you meant to use a different HTTP method?';
  const refusal = new OpenAiError(`Not allowed to ${method} on ${path}. (HINT: ${hint})`, {
    status: 405,
    code: 'method_not_supported',
  });
  const answer = errorAnswer(refusal, requestId);
  return { ...answer, headers: { ...answer.headers, allow: [...allowed, 'OPTIONS'].join(', ') } };
}

const problemCodes: Readonly<Record<ParameterProblem, string>> = {
  invalid: 'invalid_value',
  missing: 'missing_required_parameter',
  unknown: 'unknown_parameter',
};

const refusalCodes: Readonly<Partial<Record<RefusalKind, string>>> = {
  unauthenticated: 'invalid_api_key',
  forbidden: 'missing_scope',
  'too-many': 'rate_limit_exceeded',
};

function tell(error: unknown, requestId: string): Telling {
  if (error instanceof OpenAiError)
    return invalid(error.status, error.message, { param: error.param, code: error.code });
  if (error instanceof ParameterError)
    return invalid(400, error.message, { param: error.param || null, code: problemCodes[error.problem] });
  if (error instanceof Refusal) return refused(error);
  if (error instanceof BusyError) return busy(error.message, error.retryAfterMs);
  if (error instanceof FileTooLargeError) return invalid(413, error.message, { param: 'file' });
  if (error instanceof ContextLengthError)
    return invalid(400, error.message, { code: 'context_length_exceeded' });
  if (error instanceof NotFoundError) return invalid(404, error.message);
  // A conflict and a wrong state too: clients take 409 for a reason to try again.
  if (error instanceof InputError) return invalid(400, error.message);
  if (error instanceof ResourceError || error instanceof InterruptedError)
    return failed(503, `The server cannot do this now; try again, its log says more under ${requestId}`);
  return failed(500, `The server failed at your request; its log says more under ${requestId}`);
}

function invalid(status: number, message: string, about: Partial<ErrorBody> = {}): Telling {
  return { status, body: { message, type: 'invalid_request_error', param: null, code: null, ...about } };
}

function refused({ kind, status, message, retryAfterMs }: Refusal): Telling {
  if (kind === 'too-many') return busy(message, retryAfterMs);
  if (kind === 'stopping') return { ...failed(503, message), isFault: false, retryAfterMs };
  return { ...invalid(status, message, { code: refusalCodes[kind] ?? null }), retryAfterMs };
}

function busy(message: string, retryAfterMs: number | undefined): Telling {
  const body = { message, type: 'requests', param: null, code: 'rate_limit_exceeded' };
  return { status: 429, body, retryAfterMs };
}

function failed(status: number, message: string): Telling {
  return { status, body: { message, type: 'server_error', param: null, code: null }, isFault: true };
}
