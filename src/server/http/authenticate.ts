// Who asks: the key of a request, and whether it permits what is asked.
import type { IncomingMessage } from 'node:http';
import { type Access, localPrincipal, type Principal, type Scope } from '../../access/index.ts';
import { Refusal } from './refusal.ts';

/** Finds out who sent a request. */
export type Authenticate = (http: IncomingMessage) => Principal | Promise<Principal>;

/** Everybody who reaches the server is its owner: for the loopback of a machine that one person uses. */
export const trustEverybody: Authenticate = () => localPrincipal;

/**
 * Takes API keys as soon as one was ever made, and trusts everybody until then: a running server asks for the first key within a
 * quarter of a second.
 * For the loopback; others than this machine must not reach a server without keys.
 */
export function byKeyIfAny(access: Access): Authenticate {
  const strict = byKey(access);
  return async (http) => ((await access.any()) ? strict(http) : localPrincipal);
}

/** Takes API keys only: `Authorization: Bearer KEY`, or the password of `Basic`, as MLflow's clients send it. */
export function byKey(access: Access): Authenticate {
  return async (http) => {
    const secret = keyOf(http.headers.authorization);
    if (secret === undefined)
      throw new Refusal(
        'unauthenticated',
        "Cannot answer: the request has no API key; send 'Authorization: Bearer KEY' (hone keys create makes one)",
      );
    const principal = await access.verify(secret);
    if (principal !== undefined) return principal;
    throw new Refusal(
      'unauthenticated',
      'Cannot answer: the API key is not valid; it may be mistyped, expired or revoked',
    );
  };
}

/** @throws Refusal where the key does not permit it */
export function checkScope({ scopes }: Principal, needed: Scope | readonly Scope[]): void {
  const any = typeof needed === 'string' ? [needed] : needed;
  if (any.some((scope) => scopes.has(scope))) return;
  throw new Refusal(
    'forbidden',
    `Cannot answer: the API key permits ${[...scopes].join(', ') || 'nothing'}, and this needs '${any.join("' or '")}'; use another key`,
  );
}

function keyOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
