// Reads the files of a Hugging Face tokenizer directory into one checked description.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../core/index.ts';

/** A token that stands outside the model's own vocabulary rules. */
export type AddedTokenEntry = {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
};

/** What the files say, and the files as they are (so that saving changes no byte). */
export type TokenizerFiles = {
  /** Every file that belongs to the tokenizer, by its name relative to the directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly addedTokens: readonly AddedTokenEntry[];
  readonly config: JsonObject;
  /** Texts of the named special tokens: `bos_token`, `eos_token`, `pad_token`, ... */
  readonly named: ReadonlyMap<string, string>;
  readonly chatTemplates: ReadonlyMap<string, string>;
  /** `eos_token_id` of generation_config.json and config.json. */
  readonly stopIds: readonly number[];
};

export type JsonObject = { readonly [key: string]: unknown };

export const tokenizerFile = 'tokenizer.json';
export const configFile = 'tokenizer_config.json';
export const templateFile = 'chat_template.jinja';
const templateFolder = 'additional_chat_templates';
const otherFiles = [
  configFile,
  'special_tokens_map.json',
  'added_tokens.json',
  templateFile,
  'chat_template.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'spiece.model',
];
const tokenNames = [
  'bos_token',
  'eos_token',
  'pad_token',
  'unk_token',
  'sep_token',
  'cls_token',
  'mask_token',
];

/** @throws InputError if the directory has no tokenizer.json or a file in it is not what it should be. */
export async function readTokenizerDirectory(dir: string): Promise<TokenizerFiles> {
  const files = new Map<string, Uint8Array>();
  const main = await readOptional(join(dir, tokenizerFile));
  if (main === undefined) throw new InputError(missing(dir));
  files.set(tokenizerFile, main);
  for (const name of [...otherFiles, ...(await templateNames(dir))]) {
    const bytes = await readOptional(join(dir, name));
    if (bytes !== undefined) files.set(name, bytes);
  }
  const stopIds = [
    ...(await readStopIds(join(dir, 'generation_config.json'))),
    ...(await readStopIds(join(dir, 'config.json'))),
  ];
  return describeFiles(files, stopIds, dir);
}

/** A lone tokenizer.json: no named special tokens, no chat template. */
export async function readTokenizerFile(path: string): Promise<TokenizerFiles> {
  const bytes = await readOptional(path);
  if (bytes === undefined) throw new InputError(`Cannot read tokenizer '${path}': there is no such file`);
  return describeFiles(new Map([[tokenizerFile, bytes]]), [], dirname(path));
}

/** Reads the meaning out of the files' bytes. `dir` is for error messages. */
export function describeFiles(
  files: ReadonlyMap<string, Uint8Array>,
  stopIds: readonly number[],
  dir: string,
): TokenizerFiles {
  const json = (name: string): JsonObject => {
    const bytes = files.get(name);
    return bytes === undefined ? {} : parseObject(bytes, join(dir, name));
  };
  const config = json(configFile);
  const main = json(tokenizerFile);
  return {
    files,
    config,
    stopIds,
    addedTokens: mergeAddedTokens(main, config),
    named: namedTokens(config, json('special_tokens_map.json')),
    chatTemplates: collectTemplates(files, config, json('chat_template.json')),
  };
}

function missing(dir: string): string {
  return (
    `Cannot read tokenizer from '${dir}': there is no ${tokenizerFile}; name a Hugging Face directory, ` +
    'or make the file with AutoTokenizer.from_pretrained(...).save_pretrained(...) of transformers'
  );
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) return undefined;
    throw new InputError(`Cannot read '${path}': ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}

async function templateNames(dir: string): Promise<string[]> {
  try {
    const names = await readdir(join(dir, templateFolder));
    return names.filter((name) => name.endsWith('.jinja')).map((name) => `${templateFolder}/${name}`);
  } catch {
    return [];
  }
}

function parseObject(bytes: Uint8Array, path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Cannot read '${path}': it is not JSON (${reason}); fetch the file again`, {
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new InputError(`Cannot read '${path}': it must hold a JSON object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readStopIds(path: string): Promise<number[]> {
  const bytes = await readOptional(path);
  if (bytes === undefined) return [];
  const ids = parseObject(bytes, path).eos_token_id;
  return [ids].flat().filter((id) => typeof id === 'number');
}

/** Tokens of tokenizer.json, then those that only tokenizer_config.json adds, as transformers does. */
function mergeAddedTokens(main: JsonObject, config: JsonObject): AddedTokenEntry[] {
  const listed = Array.isArray(main.added_tokens) ? main.added_tokens.filter(isObject) : [];
  const decoder = isObject(config.added_tokens_decoder) ? Object.entries(config.added_tokens_decoder) : [];
  const extra = decoder.flatMap(([id, token]) => (isObject(token) ? [{ ...token, id: Number(id) }] : []));
  const entries = new Map<string, AddedTokenEntry>();
  for (const token of [...listed, ...extra]) {
    const entry = addedToken(token);
    const known = entries.get(entry.content);
    entries.set(entry.content, known ? { ...known, special: known.special || entry.special } : entry);
  }
  return [...entries.values()].sort((a, b) => a.id - b.id);
}

function addedToken(token: JsonObject): AddedTokenEntry {
  return {
    id: Number(token.id),
    content: String(token.content),
    special: token.special === true,
    single_word: token.single_word === true,
    lstrip: token.lstrip === true,
    rstrip: token.rstrip === true,
    normalized: token.normalized === true,
  };
}

function namedTokens(config: JsonObject, map: JsonObject): Map<string, string> {
  const named = new Map<string, string>();
  for (const name of tokenNames) {
    const text = tokenText(config[name]) ?? tokenText(map[name]);
    if (text !== undefined) named.set(name, text);
  }
  return named;
}

/** A token is written as its text or as an object with `content`. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

/** Templates by name. A template file takes precedence over the configuration, as in transformers. */
function collectTemplates(
  files: ReadonlyMap<string, Uint8Array>,
  config: JsonObject,
  processor: JsonObject,
): Map<string, string> {
  const templates = new Map<string, string>();
  for (const value of [processor.chat_template, config.chat_template]) {
    if (typeof value === 'string') templates.set('default', value);
    if (isObject(value)) for (const [name, text] of Object.entries(value)) templates.set(name, String(text));
    if (!Array.isArray(value)) continue;
    for (const item of value.filter(isObject)) templates.set(String(item.name), String(item.template));
  }
  for (const [name, bytes] of files) {
    if (!name.endsWith('.jinja')) continue;
    templates.set(
      name === templateFile ? 'default' : basename(name, '.jinja'),
      new TextDecoder().decode(bytes),
    );
  }
  return templates;
}
