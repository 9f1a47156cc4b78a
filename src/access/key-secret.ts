// The text of an API key: `hone-sk-`, 11 characters that name it, 43 of 256 random bits, 6 of a checksum.
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62, Secret, sha256 } from '../core/index.ts';

const prefix = 'hone-sk-';
/** In base 62: of 8 bytes, of 32, of 4. */
const lengths = { name: 11, random: 43, checksum: 6 } as const;
const form = new RegExp(
  `^${prefix}([0-9A-Za-z]{${lengths.name}})[0-9A-Za-z]{${lengths.random}}([0-9A-Za-z]{${lengths.checksum}})$`,
);

/** A new key: the id that is looked up, the secret, and what is kept of it. */
export function newKeySecret(): { readonly id: string; readonly secret: Secret; readonly hash: string } {
  const name = base62(randomBytes(8), lengths.name);
  const body = prefix + name + base62(randomBytes(32), lengths.random);
  const text = body + checksumOf(body);
  return { id: `key_${name}`, secret: new Secret(text), hash: hashOf(text) };
}

/** The id within a secret; undefined where its form or its checksum says that it was never one: a typo costs no query. */
export function keyIdOf(secret: string): string | undefined {
  const [, name, checksum] = form.exec(secret) ?? [];
  if (checksum === undefined || checksumOf(secret.slice(0, -lengths.checksum)) !== checksum) return undefined;
  return `key_${name}`;
}

/** The id that a text names: an id, or a secret or its public beginning, as somebody who found one has it. */
export function namedKeyId(text: string): string {
  return text.startsWith(prefix) ? `key_${text.slice(prefix.length, prefix.length + lengths.name)}` : text;
}

/**
 * What is kept of a secret: its SHA-256. A slow hash protects what can be guessed; 256 random bits cannot, and the fast one keeps
 * each request cheap.
 */
export function hashOf(secret: string): string {
  return sha256(secret);
}

/** What may be shown of a key's secret: its beginning, by which people recognise it. */
export function publicPrefix(id: string): string {
  return prefix + id.slice('key_'.length);
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return base62(bytes, lengths.checksum);
}
