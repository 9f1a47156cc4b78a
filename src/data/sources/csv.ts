// CSV and TSV with a header line, through csv-parse.
import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { faultAt, RowFault } from '../fault.ts';
import type { SourceItem } from './row.ts';
import { type Progress, validUtf8 } from './utf8.ts';

const delimiters = [',', '\t', ';', '|'] as const;

type Parsed = { readonly record: readonly string[]; readonly info: Info };

/** The rows of a CSV text; `line` is the one on which the row begins. A row of another width is a fault of its own. */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  file: string,
  progress: Progress,
  delimiter: string,
): AsyncGenerator<SourceItem[]> {
  const parser = parse({ delimiter, info: true, relax_column_count: true, skip_empty_lines: true });
  const source = Readable.from(validUtf8(chunks), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  let header: readonly string[] | undefined;
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
      progress.line = info.lines;
      if (header === undefined) header = checkHeader(record);
      else yield [toItem(header, record, { file, line: info.lines - countLineFeeds(record) })];
    }
  } catch (error) {
    throw describeCsvError(error, progress);
  } finally {
    source.destroy();
  }
}

/** The character that separates the columns of the header line. */
export function csvDelimiter(head: string): string {
  const header = head.split(/\r?\n/, 1)[0] ?? '';
  const count = (mark: string) => header.split(mark).length;
  return delimiters.reduce<string>((best, mark) => (count(mark) > count(best) ? mark : best), ',');
}

function checkHeader(record: readonly string[]): string[] {
  const names = record.map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new RowFault('csv', `Header names column '${twice}' twice`, 'give each column a name of its own');
  return names;
}

function toItem(
  header: readonly string[],
  record: readonly string[],
  origin: { readonly file: string; readonly line: number },
): SourceItem {
  if (record.length === header.length)
    return { row: Object.fromEntries(header.map((name, index) => [name, record[index]])), origin };
  return faultAt(
    origin,
    new RowFault(
      'csv',
      `Row has ${record.length} values, the header has ${header.length} columns`,
      'put values that hold a separator in double quotes',
    ),
  );
}

function countLineFeeds(record: readonly string[]): number {
  return record.reduce((sum, value) => sum + (value.includes('\n') ? value.split('\n').length - 1 : 0), 0);
}

function describeCsvError(error: unknown, progress: Progress): unknown {
  if (!(error instanceof CsvError)) return error;
  if (typeof error.lines === 'number') progress.line = error.lines;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new RowFault(
      'truncated',
      'Quoted value is not closed before the file ends',
      'copy the file again',
    );
  return new RowFault(
    'csv',
    `Row is not CSV (${error.message.replace(/\s+/g, ' ').slice(0, 120)})`,
    'double the quotes within quoted values',
  );
}
