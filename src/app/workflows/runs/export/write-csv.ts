// Tables as CSV (RFC 4180, lines end with a line feed).
import type { ExportColumn, ExportValue } from './export-columns.ts';

/** Chunks of text: the header, then a line for each row. */
export async function* csvChunks<Row>(
  columns: readonly ExportColumn<Row>[],
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for await (const row of rows) yield csvLine(columns.map(({ valueIn }) => valueIn(row)));
}

function csvLine(values: readonly ExportValue[]): string {
  return `${values.map(csvValue).join(',')}\n`;
}

function csvValue(value: ExportValue): string {
  if (value === null) return '';
  const text = String(value);
  // An empty text is not the same as none
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
