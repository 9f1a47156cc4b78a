// Sends one signed message and tells how that went.
import type { Secret } from '../core/index.ts';
import { type SignedMessage, signatureHeaders } from './signature.ts';

/** What came of an attempt; a message has arrived where the answer is 2xx. */
export type Outcome = {
  readonly isDelivered: boolean;
  readonly status: number | undefined;
  /** Why it has not arrived, without the address. */
  readonly error: string | undefined;
};

/** A redirect is not followed, for the secret was agreed with one address; of an answer, the status alone is read. */
export async function send(
  url: string,
  message: SignedMessage,
  {
    secrets,
    timeoutMs,
    signal,
  }: {
    readonly secrets: readonly Secret[];
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { status, ok, body } = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'hone-webhooks',
        ...signatureHeaders(message, secrets),
      },
      body: message.body,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    await body?.cancel().catch(() => undefined);
    return { isDelivered: ok, status, error: ok ? undefined : `the answer had the status ${status}` };
  } catch (error) {
    const reason = timeout.aborted ? `no answer came within ${timeoutMs / 1000} s` : reasonOf(error);
    return { isDelivered: false, status: undefined, error: reason };
  }
}

/** What `fetch` says of a failed connection is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'AbortError') return 'the server was stopped meanwhile';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return (cause instanceof Error ? cause.message : error.message).slice(0, 300);
}
