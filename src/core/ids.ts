// Names for new things: short, random, of letters and digits alone, in the order of time where that helps.
import { randomBytes } from 'node:crypto';

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The number that the bytes are (big end first), in base 62, filled with zeros to `length` characters. Sorts as the number does. */
export function base62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 62n) text = letters.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}

/**
 * A name such as `file-0Uc3...`: the prefix, 8 characters of the time and 16 of 95 random bits. Names of one prefix sort by the time
 * at which they were given, to the millisecond, so that a list can go on behind a name whose thing is gone.
 * @param now ms since 1970
 */
export function timeOrderedId(prefix: string, now: number = Date.now()): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.trunc(now)));
  const random = randomBytes(12);
  // 95 bits: what 16 characters hold
  random[0] = (random[0] ?? 0) & 0x7f;
  return prefix + base62(time, 8) + base62(random, 16);
}
