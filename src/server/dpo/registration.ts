// Tells the gateway that the service is there: again before its word runs out, later and later where the gateway does not answer, and when it goes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayRegistration } from './config.ts';

export type RegistrationOptions = {
  /** Hone's version. */
  readonly version: string;
  /** Is told why the gateway has not taken a message; it is sent again. */
  readonly onFault: (error: unknown) => void;
  /** Resolves after so many ms, or when the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

const firstPause = 30_000;
const longestPause = 300_000;
const requestTimeout = 15_000;

/** Starts; the returned function takes the registration back and stops. */
export function startRegistration(
  gateway: GatewayRegistration,
  { version, onFault, wait = waitFor }: RegistrationOptions,
): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  let isRegistered = false;
  const work = async () => {
    for (let pause = firstPause; !signal.aborted; ) {
      try {
        // The gateway may have heard what it could not answer
        isRegistered = true;
        await tell(gateway, { method: 'POST', version, signal });
        pause = firstPause;
        await wait(gateway.ttlSeconds * 750, signal);
      } catch (error) {
        if (signal.aborted) return;
        onFault(error);
        await wait(pause, signal);
        pause = Math.min(pause * 2, longestPause);
      }
    }
  };
  const working = work();
  return async () => {
    stop.abort();
    await working;
    if (isRegistered) await tell(gateway, { method: 'DELETE', version }).catch(onFault);
  };
}

type Message = {
  readonly method: 'POST' | 'DELETE';
  readonly version: string;
  readonly signal?: AbortSignal;
};

/** A redirect is not followed: the secret was agreed with one address. */
async function tell(
  { url, secret, baseUrl, ttlSeconds }: GatewayRegistration,
  { method, version, signal }: Message,
): Promise<void> {
  const timeout = AbortSignal.timeout(requestTimeout);
  const { ok, status, body } = await fetch(url, {
    ...{ method, redirect: 'manual' },
    headers: { 'content-type': 'application/json', 'x-dpo-register-secret': secret.reveal() },
    body: JSON.stringify({ base_url: baseUrl, version, ttl_seconds: ttlSeconds }),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  await body?.cancel().catch(() => undefined);
  if (!ok) throw new Error(`The gateway answered ${method} with the status ${status}`);
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  // Timers count to 24 days
  await sleep(Math.min(ms, 2 ** 31 - 1), undefined, { signal, ref: false }).catch(() => undefined);
}
