// Tells what a file holds: by its name, then by its first bytes.
import { basename } from 'node:path';
import { RowFault } from '../fault.ts';
import { readBytes, readUtf8 } from './bytes.ts';
import { csvDelimiter } from './csv.ts';
import { jsonLayout } from './json.ts';
import type { JsonLayout } from './json-splitter.ts';

/** How a file is to be read. */
export type FileKind =
  | { readonly kind: 'json-lines' }
  | { readonly kind: 'json'; readonly layout: JsonLayout }
  | { readonly kind: 'csv'; readonly delimiter: string }
  | { readonly kind: 'parquet' };

const headLength = 1 << 16;

/** Endings of files that hold rows, without `.gz` or `.zst`. */
const extensions = ['jsonl', 'ndjson', 'json', 'csv', 'tsv', 'parquet'] as const;

/** Whether a file's name says that it holds rows. */
export function hasDataExtension(path: string): boolean {
  return extensionOf(path) !== undefined;
}

/** How to read the file; refuses one that is none of the known kinds. */
export async function sniffFile(path: string): Promise<FileKind> {
  const extension = extensionOf(path);
  if (await startsLikeParquet(path)) return { kind: 'parquet' };
  if (extension === 'parquet')
    throw new RowFault(
      'unreadable',
      "File does not begin with Parquet's mark 'PAR1'",
      'write or download it again',
    );
  const head = await readHead(path);
  if (head.trim() === '')
    throw new RowFault('unreadable', 'File holds only white space', 'check that it was written completely');
  if (extension === 'tsv') return { kind: 'csv', delimiter: '\t' };
  if (extension === 'csv') return { kind: 'csv', delimiter: csvDelimiter(head) };
  if (/^\s*\[/.test(head) && !/^\s*\[[^\n]*\]\s*\n\s*\[/.test(head)) return { kind: 'json', layout: 'array' };
  if (extension === 'jsonl' || extension === 'ndjson') return { kind: 'json-lines' };
  return kindByContent(head, extension);
}

function kindByContent(head: string, extension: string | undefined): FileKind {
  const layout = jsonLayout(head);
  if (head.trimStart().startsWith('{')) {
    const [first = '', ...rest] = head.trimStart().split('\n');
    const alone = rest.every((line) => line.trim() === '');
    if (isJson(first) && !(alone && layout === 'wrapped')) return { kind: 'json-lines' };
    return { kind: 'json', layout };
  }
  if (extension === 'json') return { kind: 'json-lines' };
  const delimiter = csvDelimiter(head);
  if (extension === undefined && head.split('\n', 1)[0]?.includes(delimiter))
    return { kind: 'csv', delimiter };
  throw new RowFault(
    'unreadable',
    'Content is none of the formats that are read',
    `give a file of these kinds: ${extensions.join(', ')}, each also with .gz`,
  );
}

function extensionOf(path: string): string | undefined {
  const parts = basename(path).toLowerCase().split('.');
  if (parts.at(-1) === 'gz' || parts.at(-1) === 'zst') parts.pop();
  const last = parts.length > 1 ? parts.at(-1) : undefined;
  return extensions.find((extension) => extension === last);
}

async function startsLikeParquet(path: string): Promise<boolean> {
  for await (const chunk of readBytes(path)) return chunk.subarray(0, 4).toString('latin1') === 'PAR1';
  return false;
}

/** The first characters of the text; bytes that are not UTF-8 are left to the reader to refuse. */
async function readHead(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readUtf8(path)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= headLength) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, headLength);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
