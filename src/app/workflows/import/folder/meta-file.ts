// Reads MLflow's YAML files as plain records of texts: nothing in them is run, expanded or guessed.
import { isAlias, isMap, isScalar, Lexer, LineCounter, type Node, parseDocument } from 'yaml';
import type { Tell } from '../problems.ts';
import type { SafeFiles } from './safe-files.ts';

/** One file's fields. */
export interface MetaFile {
  readonly path: string;
  /** A text or a number as it is written; undefined where it is null or missing. */
  text(name: string): string | undefined;
  /** A whole number; told and undefined for anything else. */
  integer(name: string): number | undefined;
  /** A mapping of texts; empty where there is none. */
  record(name: string): Readonly<Record<string, string>>;
  /** Tells that the file is of no use. */
  refuse(reason: string): undefined;
}

/** Bytes of a file of metadata; of a dataset, with its schema and profile, more. */
const usualLimit = 1 << 20;
/** Entries and levels of one file, together: MLflow writes some dozens, and tags of an input. */
const partLimit = 5000;

/** The record in a file; told, with the line, and undefined where it cannot be read. */
export function readMeta(
  files: SafeFiles,
  path: string,
  { tell, limit = usualLimit }: { readonly tell: Tell; readonly limit?: number },
): MetaFile | undefined {
  const text = files.text(path, { limit, tell });
  return text === undefined ? undefined : parseMeta(text, path, tell);
}

/** {@link readMeta} of text that is at hand. */
export function parseMeta(text: string, path: string, tell: Tell): MetaFile | undefined {
  const lines = new LineCounter();
  const refuse = (reason: string, offset?: number): undefined => {
    const line = offset === undefined ? '' : `:${lines.linePos(offset).line}`;
    tell({ what: 'metadata', where: `${path}${line}`, reason });
  };
  if (!hasFewParts(text)) return refuse(`it has more than ${partLimit} entries`);
  try {
    // 'failsafe': every scalar is the text that stands there, so that no id turns into a number.
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      schema: 'failsafe',
      prettyErrors: false,
    });
    const [error] = document.errors;
    if (error !== undefined) return refuse(`it is not YAML: ${error.message}`, error.pos[0]);
    if (!isMap(document.contents)) return refuse('it is no mapping', 0);
    const fields = new Map<string, Node>();
    for (const { key, value } of document.contents.items) {
      if (isAlias(value))
        return refuse('it uses a YAML alias, which MLflow does not write', value.range?.[0]);
      const name = isScalar(key) ? String(key.value) : '';
      if (fields.has(name)) return refuse(`it has '${name}' twice`, isScalar(key) ? key.range?.[0] : 0);
      if (isNode(value)) fields.set(name, value);
    }
    return new Fields(path, fields, refuse);
  } catch (error) {
    // Nested beyond the stack
    if (error instanceof RangeError) return refuse('it is nested too deeply');
    throw error;
  }
}

/** Looks at the tokens alone: the parser takes minutes for some files of a megabyte. */
function hasFewParts(text: string): boolean {
  let parts = 0;
  for (const token of new Lexer().lex(text)) if (/^[-?:[{]$/.test(token) && ++parts > partLimit) return false;
  return true;
}

class Fields implements MetaFile {
  readonly path: string;
  readonly #fields: ReadonlyMap<string, Node>;
  readonly #refuse: (reason: string, offset?: number) => undefined;

  constructor(
    path: string,
    fields: ReadonlyMap<string, Node>,
    refuse: (reason: string, offset?: number) => undefined,
  ) {
    this.path = path;
    this.#fields = fields;
    this.#refuse = refuse;
  }

  text(name: string): string | undefined {
    return textOf(this.#fields.get(name));
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    return this.#refuse(
      `'${name}' is '${text.slice(0, 40)}', no whole number`,
      this.#fields.get(name)?.range?.[0],
    );
  }

  record(name: string): Readonly<Record<string, string>> {
    const node = this.#fields.get(name);
    if (!isMap(node)) return {};
    return Object.fromEntries(
      node.items.flatMap(({ key, value }) => {
        const text = isNode(value) ? textOf(value) : undefined;
        return isScalar(key) && text !== undefined ? [[String(key.value), text]] : [];
      }),
    );
  }

  refuse(reason: string): undefined {
    return this.#refuse(reason);
  }
}

function textOf(node: Node | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = String(node.value ?? '');
  return node.type === 'PLAIN' && /^(~|null|Null|NULL|)$/.test(text) ? undefined : text;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value);
}
