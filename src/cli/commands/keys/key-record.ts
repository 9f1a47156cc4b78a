// An API key as JSON: exact times, null for what is not there.
import type { ApiKey } from '../../../app/index.ts';

export function keyRecord(key: ApiKey) {
  return {
    id: key.id,
    prefix: key.prefix,
    owner: key.owner,
    name: key.name ?? null,
    scopes: key.scopes,
    state: stateOf(key),
    createdAt: time(key.createdAt),
    expiresAt: time(key.expiresAt),
    revokedAt: time(key.revokedAt),
    lastUsedAt: time(key.lastUsedAt),
  };
}

/** Whether a key is good for anything. */
export function stateOf({ revokedAt, expiresAt }: ApiKey, now = Date.now()): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'valid';
}

function time(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
