// The bytes that each token writes, by the way in which its tokenizer writes them.
import { InputError } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';

const utf8 = new TextEncoder();

/** How a vocabulary writes bytes: GPT-2's letters for bytes, or text with `▁` for spaces and `<0xNN>` for bytes. */
export type Spelling = {
  readonly kind: 'byte-level' | 'metaspace' | 'plain';
  /** The decoder drops a space at the start of a text. */
  readonly dropsFirstSpace: boolean;
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the spelling from the tokenizer's decoder.
 * @throws InputError for a decoder whose tokens have no bytes of their own
 */
export function spellingOf(tokenizer: Tokenizer): Spelling {
  const file: unknown = JSON.parse(
    new TextDecoder().decode(tokenizer.files.get('tokenizer.json') ?? utf8.encode('{}')),
  );
  const decoders = flatten(isRecord(file) ? file.decoder : undefined);
  const types = decoders.map(({ type }) => type);
  if (types.includes('ByteLevel')) return { kind: 'byte-level', dropsFirstSpace: false };
  const strips = decoders.some(
    ({ type, start }) => type === 'Strip' && typeof start === 'number' && start > 0,
  );
  if (types.includes('Metaspace')) return { kind: 'metaspace', dropsFirstSpace: true };
  if (types.includes('ByteFallback')) return { kind: 'metaspace', dropsFirstSpace: strips };
  if (types.length === 0 || types.every((type) => type === 'Fuse'))
    return { kind: 'plain', dropsFirstSpace: false };
  throw new InputError(
    `Cannot constrain the answers of this model: its tokenizer decodes by ${types.join(', ')}, which gives tokens no bytes of their own; ` +
      'use a model with a byte-level or byte-fallback tokenizer',
  );
}

function flatten(decoder: unknown): Json[] {
  if (!isRecord(decoder)) return [];
  if (Array.isArray(decoder.decoders)) return decoder.decoders.flatMap(flatten);
  return [decoder];
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const known = new WeakMap<Tokenizer, (id: number) => Uint8Array | undefined>();

/** Tells a token's bytes; undefined for special tokens and ids without a token. */
export function tokenBytes(tokenizer: Tokenizer): (id: number) => Uint8Array | undefined {
  const found = known.get(tokenizer) ?? makeTokenBytes(tokenizer);
  known.set(tokenizer, found);
  return found;
}

function makeTokenBytes(tokenizer: Tokenizer): (id: number) => Uint8Array | undefined {
  const { kind } = spellingOf(tokenizer);
  const added = addedTexts(tokenizer);
  return (id) => {
    if (tokenizer.isSpecial(id)) return undefined;
    const addedText = added.get(id);
    if (addedText !== undefined) return utf8.encode(addedText);
    const token = tokenizer.idToToken(id);
    if (token === null) return undefined;
    if (kind === 'byte-level') return byteLevelBytes(token);
    return kind === 'plain' ? utf8.encode(token) : metaspaceBytes(token);
  };
}

/** Tokens that were added to the vocabulary are written as they are. */
function addedTexts(tokenizer: Tokenizer): ReadonlyMap<number, string> {
  const file: unknown = JSON.parse(
    new TextDecoder().decode(tokenizer.files.get('tokenizer.json') ?? utf8.encode('{}')),
  );
  const list: readonly unknown[] =
    isRecord(file) && Array.isArray(file.added_tokens) ? file.added_tokens : [];
  const texts = new Map<number, string>();
  for (const item of list) {
    if (isRecord(item) && typeof item.id === 'number' && typeof item.content === 'string')
      texts.set(item.id, item.content);
  }
  return texts;
}

function metaspaceBytes(token: string): Uint8Array {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return byte === undefined
    ? utf8.encode(token.replaceAll('▁', ' '))
    : Uint8Array.of(Number.parseInt(byte, 16));
}

const isPrintable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
const allBytes = Array.from({ length: 256 }, (_, byte) => byte);

/** Bytes by the letters that GPT-2 writes for them: printable ones for themselves, the rest from U+0100 on. */
const letterBytes: ReadonlyMap<string, number> = new Map([
  ...allBytes.filter(isPrintable).map((byte): [string, number] => [String.fromCodePoint(byte), byte]),
  ...allBytes
    .filter((byte) => !isPrintable(byte))
    .map((byte, i): [string, number] => [String.fromCodePoint(0x100 + i), byte]),
]);

function byteLevelBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const letter of token) {
    const byte = letterBytes.get(letter);
    // A decoder takes what is no such letter as text
    if (byte === undefined) return utf8.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
