// Fingerprints: SHA-256 over a canonical JSON form, so that equal content has an equal name.
import { createHash } from 'node:crypto';

/** Lower-case hexadecimal SHA-256 of text or bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of a JSON value; key order and `undefined` members do not matter. */
export function fingerprint(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** JSON with sorted keys and no white space. Refuses what JSON cannot say (functions, NaN, bigint, dates, maps). */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`Cannot fingerprint a number that is not finite: ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object') {
    const kind = Object.getPrototypeOf(value)?.constructor;
    if (kind !== undefined && kind !== Object) throw new TypeError(`Cannot fingerprint a ${kind.name}`);
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
  }
  throw new TypeError(`Cannot fingerprint a value of type ${typeof value}`);
}
