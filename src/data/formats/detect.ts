// Tells the format of a file from its first rows, and holds every later row to it.
import type { Example, Origin, Purpose } from '../example.ts';
import { RowFault } from '../fault.ts';
import type { Row } from '../sources/index.ts';
import { type ColumnMapping, canonicalFields, knownColumns } from './columns.ts';
import {
  alpacaFormat,
  completionFormat,
  messagesFormat,
  shareGptFormat,
  textFormat,
  unpairedFormat,
} from './completion.ts';
import { dpoServiceFormat } from './dpo-service.ts';
import type { Fields } from './fields.ts';
import { type Format, type FormatName, has } from './format.ts';
import {
  hhFormat,
  implicitFormat,
  openAiPairFormat,
  preferenceFormat,
  shareGptPairFormat,
} from './preference.ts';
import { forPurpose } from './purpose.ts';

/** The more particular format first. */
const formats: readonly Format[] = [
  openAiPairFormat,
  dpoServiceFormat,
  shareGptPairFormat,
  preferenceFormat,
  hhFormat,
  implicitFormat,
  unpairedFormat,
  messagesFormat,
  shareGptFormat,
  alpacaFormat,
  completionFormat,
  textFormat,
];

/** A file's format as its first rows show it. */
export type DetectedFormat = {
  readonly name: FormatName;
  readonly columns: string;
  readonly kind: Example['kind'];
  readonly asChat: boolean;
};

export type DetectOptions = { readonly columns?: ColumnMapping; readonly format?: FormatName };

/** The format that most of the rows have; undefined when none has a known one. */
export function detectFormat(rows: readonly Row[], options: DetectOptions = {}): DetectedFormat | undefined {
  const votes = new Map<Format, number>();
  let asChat = false;
  for (const { row } of rows) {
    const fields = tryFields(row, options.columns);
    if (fields === undefined) continue;
    const format = formatOf(fields);
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1);
    asChat ||= isChatRow(fields);
  }
  const named = formats.find((format) => format.name === options.format);
  const most = Math.max(0, ...votes.values());
  const best = named ?? formats.find((format) => votes.get(format) === most && most > 0);
  return best && { name: best.name, columns: best.columns, kind: best.kind, asChat };
}

/** The row's examples for the purpose; throws RowFault when it is faulty or of another format. */
export function convertRow(
  row: Row['row'],
  detected: DetectedFormat,
  options: { readonly origin: Origin; readonly purpose?: Purpose; readonly columns?: ColumnMapping },
): Example[] {
  const fields = canonicalFields(row, options.columns);
  const format = formats.find((candidate) => candidate.name === detected.name);
  if (format === undefined)
    throw new RangeError(`Cannot convert a row: format '${detected.name}' is unknown`);
  const own = formatOf(fields);
  if (own !== undefined && !format.fits(fields) && hasForeign(fields, own, format))
    throw mixedFormats(own, format);
  if (!detected.asChat && isChatRow(fields)) throw mixedChat();
  const { origin, purpose } = options;
  const examples = format.convert(fields, { origin, purpose, asChat: detected.asChat });
  return examples.flatMap((example) => forPurpose(example, purpose));
}

/** The fault of a row whose columns are those of no format. */
export function unknownFormat(row: Row['row'], columns?: ColumnMapping): RowFault {
  const fields = canonicalFields(row, columns);
  if (has(fields, 'completions', 'labels'))
    return new RowFault(
      'unknown-format',
      'Row has a label for each step',
      'stepwise supervision is not trained here',
    );
  const names = Object.keys(row)
    .slice(0, 12)
    .map((name) => `'${name}'`);
  return new RowFault(
    'unknown-format',
    `Row has columns ${names.join(', ')}, which are those of no known format`,
    `rename columns or map them (columns: {prompt: ...}) to one of: ${formats.map((format) => format.columns).join('; ')}`,
  );
}

/** The columns that no format reads, so that a user learns what is ignored. */
export function ignoredColumns(row: Row['row'], columns?: ColumnMapping): string[] {
  const read: readonly string[] = [...knownColumns, 'question', 'functions', 'parallel_tool_calls'];
  return Object.keys(tryFields(row, columns) ?? {}).filter((name) => !read.includes(name));
}

function formatOf(fields: Fields): Format | undefined {
  return formats.find((format) => format.fits(fields));
}

/** Whether the row has a column of its own format that the file's format does not read: else a column is just missing. */
function hasForeign(fields: Fields, own: Format, expected: Format): boolean {
  const columnsOf = (format: Format): readonly string[] => format.columns.match(/\w+/g) ?? [];
  return columnsOf(own).some((name) => has(fields, name) && !columnsOf(expected).includes(name));
}

/** Strings that stand beside a system text, or are called a question, are chat turns rather than text to continue. */
function isChatRow(fields: Fields): boolean {
  return has(fields, 'system') || (has(fields, 'question') && !has(fields, 'prompt'));
}

function tryFields(row: Row['row'], columns: ColumnMapping | undefined): Fields | undefined {
  try {
    return canonicalFields(row, columns);
  } catch (error) {
    if (error instanceof RowFault) return undefined;
    throw error;
  }
}

function mixedFormats(own: Format, expected: Format): RowFault {
  return new RowFault(
    'mixed-format',
    `Row has the columns of ${own.columns}, the file's rows those of ${expected.columns}`,
    'keep one format per file',
  );
}

function mixedChat(): RowFault {
  return new RowFault(
    'mixed-format',
    "Row has a system text, the file's first rows have none",
    'give every row one (it may be empty), or none',
  );
}
