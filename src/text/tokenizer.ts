// A tokenizer of the Hugging Face format: text to token ids with offsets, and back.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsEncoding, Tokenizer as NativeTokenizer } from 'tokenizers';
import { fingerprint, InputError, sha256 } from '../core/index.ts';
import { type Frame, loadNative, probeFrame } from './native.ts';
import { type Offset, toUtf16Offsets } from './offsets.ts';
import { type SpecialText, SpecialTextFinder } from './special-text.ts';
import {
  configFile,
  describeFiles,
  readTokenizerDirectory,
  readTokenizerFile,
  type TokenizerFiles,
  templateFile,
  tokenizerFile,
} from './tokenizer-files.ts';

/** Token ids and, for each, the piece of text that it stands for (zero-width for tokens that were added). */
export type Tokens = { readonly ids: number[]; readonly offsets: Offset[] };

/** How {@link Tokenizer.encode} treats special tokens. */
export type EncodeOptions = {
  /** Adds the tokens that the tokenizer puts around a text (BOS, sometimes EOS). Default: true. */
  readonly addSpecialTokens?: boolean;
  /** Lets the text of special tokens become control tokens; otherwise such text is refused. Default: false. */
  readonly allowSpecialText?: boolean;
};

/** A special token: its id and text. */
export type SpecialToken = { readonly id: number; readonly text: string };

/** The library adds nothing: what stands around a text is known beforehand (see {@link Tokenizer.prefixIds}). */
const bare = { addSpecialTokens: false };

/**
 * Text to tokens and back. Encoding runs on other threads: `Promise.all(texts.map((text) => tokenizer.encode(text)))` uses
 * all cores.
 */
export class Tokenizer {
  /** Number of tokens, added ones included. */
  readonly vocabSize: number;
  readonly bosToken: string | null;
  readonly bosTokenId: number | null;
  readonly eosToken: string | null;
  readonly eosTokenId: number | null;
  readonly padToken: string | null;
  readonly padTokenId: number | null;
  /** The token that stands for text the vocabulary cannot say; null for byte-level tokenizers. */
  readonly unkTokenId: number | null;
  /** Every id that ends a generated text: the tokenizer's EOS and those of generation_config.json and config.json. */
  readonly eosTokenIds: readonly number[];
  /** Every special token, by id. */
  readonly specialTokens: readonly SpecialToken[];
  /** Ids put before a text. */
  readonly prefixIds: readonly number[];
  /** Ids put after a text. */
  readonly suffixIds: readonly number[];
  /** Chat templates by name; the usual one is `default`. */
  readonly chatTemplates: ReadonlyMap<string, string>;

  /** Special tokens by the names that chat templates use: `bos_token`, `eos_token`, ... */
  readonly templateVariables: Readonly<Record<string, string>>;

  readonly #native: NativeTokenizer;
  readonly #files: TokenizerFiles;
  readonly #finder: SpecialTextFinder;
  readonly #specialIds: ReadonlySet<number>;
  #fingerprint: string | undefined;

  private constructor(native: NativeTokenizer, files: TokenizerFiles, frame: Frame) {
    this.#native = native;
    this.#files = files;
    this.vocabSize = native.getVocabSize(true);
    [this.bosToken, this.bosTokenId] = this.#named('bos_token');
    [this.eosToken, this.eosTokenId] = this.#named('eos_token');
    [this.padToken, this.padTokenId] = this.#named('pad_token');
    [, this.unkTokenId] = this.#named('unk_token');
    const eos = this.eosTokenId === null ? [] : [this.eosTokenId];
    this.eosTokenIds = [...new Set([...eos, ...files.stopIds])];
    this.specialTokens = this.#listSpecialTokens();
    this.#specialIds = new Set(this.specialTokens.map((token) => token.id));
    this.#finder = new SpecialTextFinder(this.specialTokens.map((token) => token.text));
    this.prefixIds = frame.prefix;
    this.suffixIds = frame.suffix;
    this.chatTemplates = files.chatTemplates;
    this.templateVariables = Object.fromEntries(files.named);
  }

  /**
   * Reads a Hugging Face model or tokenizer directory: `tokenizer.json` and, where present, `tokenizer_config.json`,
   * `special_tokens_map.json`, `generation_config.json`, `config.json` and the chat template files.
   * @throws InputError if there is no tokenizer.json or a file is damaged.
   */
  static async fromDirectory(dir: string): Promise<Tokenizer> {
    return Tokenizer.fromFiles(await readTokenizerDirectory(dir), dir);
  }

  /** Reads a lone `tokenizer.json`; BOS, EOS and PAD are unknown then and there is no chat template. */
  static async fromFile(path: string): Promise<Tokenizer> {
    return Tokenizer.fromFiles(await readTokenizerFile(path), path);
  }

  /** Builds a tokenizer from files already read. `source` is for error messages. */
  static async fromFiles(files: TokenizerFiles, source: string): Promise<Tokenizer> {
    const native = loadNative(files, source);
    return new Tokenizer(native, files, await probeFrame(native, files));
  }

  /** The same tokenizer with another chat template; the named ones are dropped. */
  async withChatTemplate(template: string): Promise<Tokenizer> {
    const kept = [...this.#files.files].filter(([name]) => !name.includes('chat_template'));
    const files = new Map(kept);
    const config = { ...this.#files.config, chat_template: template };
    files.set(configFile, new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`));
    return Tokenizer.fromFiles(describeFiles(files, this.#files.stopIds, '.'), templateFile);
  }

  /** SHA-256 over everything that decides ids: the tokenizer, its configuration and its chat templates. */
  get fingerprint(): string {
    this.#fingerprint ??= fingerprint({
      tokenizer: sha256(this.#files.files.get(tokenizerFile) ?? ''),
      named: Object.fromEntries(this.#files.named),
      around: [this.prefixIds, this.suffixIds],
      stops: this.eosTokenIds,
      templates: Object.fromEntries(this.chatTemplates),
    });
    return this.#fingerprint;
  }

  /**
   * Encodes a text.
   * @throws InputError if the text holds a special token's text and this is not allowed, or a lone surrogate.
   */
  async encode(text: string, options: EncodeOptions = {}): Promise<Tokens> {
    this.#check(text, options);
    return this.#frame(text, await this.#native.encode(text, null, bare), options);
  }

  /** {@link Tokenizer.encode} for many texts. */
  async encodeBatch(texts: readonly string[], options: EncodeOptions = {}): Promise<Tokens[]> {
    for (const text of texts) this.#check(text, options);
    const encodings = await this.#native.encodeBatch([...texts], bare);
    return encodings.map((encoding, i) => this.#frame(texts[i] ?? '', encoding, options));
  }

  /** Ids only, which takes half the time of {@link Tokenizer.encode}. */
  async encodeIds(text: string, options: EncodeOptions = {}): Promise<number[]> {
    this.#check(text, options);
    return this.#surround((await this.#native.encode(text, null, bare)).getIds(), options);
  }

  /** {@link Tokenizer.encodeIds} for many texts. */
  async encodeIdsBatch(texts: readonly string[], options: EncodeOptions = {}): Promise<number[][]> {
    for (const text of texts) this.#check(text, options);
    const encodings = await this.#native.encodeBatch([...texts], bare);
    return encodings.map((encoding) => this.#surround(encoding.getIds(), options));
  }

  /** Text of the ids. Special tokens are left out unless `skipSpecialTokens` is false. */
  decode(ids: Iterable<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    const skip = options.skipSpecialTokens ?? true;
    const tokens: string[] = [];
    for (const id of ids) {
      if (skip && this.#specialIds.has(id)) continue;
      const token = this.#native.idToToken(id);
      if (token !== null) tokens.push(token);
    }
    return this.#native.getDecoder()?.decode(tokens) ?? tokens.join(' ');
  }

  tokenToId(token: string): number | null {
    return this.#native.tokenToId(token);
  }

  /** The token as the vocabulary writes it (byte-level tokenizers write a space as `Ġ`). */
  idToToken(id: number): string | null {
    return this.#native.idToToken(id);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /** The first special token whose text stands in `text`. */
  findSpecialText(text: string): SpecialText | undefined {
    return this.#finder.find(text);
  }

  /** @throws InputError if `text` holds a special token's text; `what` names the text in the message. */
  refuseSpecialText(text: string, what: string): void {
    this.#finder.refuse(text, what);
  }

  /** Content of the files that make the tokenizer up, by their names in its directory. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#files.files;
  }

  /**
   * Writes the tokenizer's files as they were read, byte for byte: what was loaded from a directory is loaded from the
   * new one alike, by Hone and by `transformers.AutoTokenizer`.
   */
  async save(dir: string): Promise<void> {
    for (const [name, bytes] of this.#files.files) {
      const path = join(dir, name);
      await mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.${process.pid}.tmp`;
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    }
  }

  #named(name: string): [string, number] | [null, null] {
    const text = this.#files.named.get(name);
    const id = text === undefined ? null : this.#native.tokenToId(text);
    return text === undefined || id === null ? [null, null] : [text, id];
  }

  #listSpecialTokens(): SpecialToken[] {
    const added = this.#files.addedTokens.filter((token) => token.special).map((token) => token.content);
    const texts = new Set([...added, ...this.#files.named.values()]);
    const tokens = [...texts].map((text) => ({ text, id: this.#native.tokenToId(text) ?? -1 }));
    return tokens.filter((token) => token.id >= 0).sort((a, b) => a.id - b.id);
  }

  #check(text: string, options: EncodeOptions): void {
    if (!options.allowSpecialText) this.refuseSpecialText(text, 'the text');
    if (text.isWellFormed()) return;
    throw new InputError('Cannot encode the text: it holds half of a surrogate pair; write whole characters');
  }

  #surround(ids: number[], options: EncodeOptions): number[] {
    return (options.addSpecialTokens ?? true) ? [...this.prefixIds, ...ids, ...this.suffixIds] : ids;
  }

  #frame(text: string, encoding: JsEncoding, options: EncodeOptions): Tokens {
    const offsets = toUtf16Offsets(text, encoding.getOffsets());
    const ids = this.#surround(encoding.getIds(), options);
    if (ids.length === offsets.length) return { ids, offsets };
    const before = this.prefixIds.map((): Offset => [0, 0]);
    const after = this.suffixIds.map((): Offset => [text.length, text.length]);
    return { ids, offsets: [...before, ...offsets, ...after] };
  }
}
