// Errors in FastAPI's form: `{"detail": ...}`, by one table.
import { BusyError, InputError, InterruptedError, NotFoundError, ResourceError } from '../../core/index.ts';
import { FileTooLargeError } from '../../files/index.ts';
import type { ErrorAnswer, UnknownRequest } from '../http/face.ts';
import { Refusal, retryHeaders } from '../http/refusal.ts';

/** A refusal of this protocol's own. */
export class DpoError extends Error {
  override readonly name = 'DpoError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The answer for an error. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof DpoError) return detail(error.status, error.message);
  if (error instanceof Refusal) return detail(error.status, error.message, retryHeaders(error.retryAfterMs));
  if (error instanceof BusyError) return detail(429, error.message, retryHeaders(error.retryAfterMs));
  if (error instanceof FileTooLargeError) return detail(413, error.message);
  if (error instanceof NotFoundError) return detail(404, error.message);
  if (error instanceof InputError) return detail(400, error.message);
  if (error instanceof ResourceError || error instanceof InterruptedError)
    return detail(503, `The service cannot do this now; try again, its log says more under ${requestId}`);
  return detail(500, `The service failed at this request; its log says more under ${requestId}`);
}

/** In FastAPI's words. */
export function refuseUnknown({ allowed }: UnknownRequest): ErrorAnswer {
  if (allowed.length === 0) return detail(404, 'Not Found');
  return detail(405, 'Method Not Allowed', { allow: allowed.join(', ') });
}

function detail(status: number, text: string, headers: Readonly<Record<string, string>> = {}): ErrorAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify({ detail: text })),
    isFault: status >= 500,
  };
}
