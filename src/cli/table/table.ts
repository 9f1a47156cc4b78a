// Tables for people: columns as wide as they need, numbers by their decimal point, no wider than the terminal.
import { type Output, paint } from '../terminal.ts';
import { cut, pad, shown, textWidth } from './text-width.ts';

export type TableColumn = {
  readonly title: string;
  /** `number` is aligned by the decimal point. */
  readonly align?: 'left' | 'right' | 'number';
  /** May be cut off where room is short. */
  readonly isFlexible?: boolean;
  /** May be left out where room is short, the last first. */
  readonly isOptional?: boolean;
};

type Laid = TableColumn & { readonly cells: readonly string[]; readonly width: number };

const gap = 2;
/** A flexible column keeps so much. */
const narrowest = 12;

/**
 * The lines of a table with its titles, and the titles of the columns that there was no room for. Where nobody watches, nothing is
 * cut or left out.
 */
export function formatTable(
  output: Output,
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): { readonly text: string; readonly omitted: readonly string[] } {
  const laid = columns.map((column, index) =>
    layOut(
      column,
      rows.map((row) => shown(row[index] ?? '')),
    ),
  );
  const fitted = output.isTTY ? fitInto(laid, output.columns) : laid;
  const lines = [
    paint(
      output,
      'bold',
      lineOf(fitted, ({ title }) => title),
    ),
    ...rows.map((_, index) => lineOf(fitted, ({ cells }) => cells[index] ?? '')),
  ];
  const kept = new Set(fitted.map(({ title }) => title));
  return {
    text: `${lines.join('\n')}\n`,
    omitted: laid.filter(({ title }) => !kept.has(title)).map(({ title }) => title),
  };
}

function layOut(column: TableColumn, texts: readonly string[]): Laid {
  const cells = column.align === 'number' ? alignPoints(texts) : texts;
  const title = shown(column.title);
  return { ...column, title, cells, width: Math.max(textWidth(title), ...cells.map(textWidth)) };
}

/** Spaces behind each number, so that the points stand below each other when aligned to the right. */
function alignPoints(texts: readonly string[]): readonly string[] {
  const fraction = (text: string) => (/^-?\d+\.\d+$/.test(text) ? text.length - text.indexOf('.') : 0);
  const longest = Math.max(0, ...texts.map(fraction));
  return texts.map((text) =>
    /^-?\d+(\.\d+)?$/.test(text) ? text + ' '.repeat(longest - fraction(text)) : text,
  );
}

/** Cuts off, evenly, what is flexible; leaves out, from the end, what is optional. */
function fitInto(columns: readonly Laid[], room: number): readonly Laid[] {
  const excess = widthOf(columns) - room;
  if (excess <= 0) return columns;
  const spare = columns.reduce((sum, one) => sum + spareOf(one), 0);
  const last = columns.findLastIndex(({ isOptional }) => isOptional);
  if (spare < excess && last !== -1) return fitInto(columns.toSpliced(last, 1), room);
  let left = Math.min(excess, spare);
  let limit = Math.max(...columns.filter((one) => spareOf(one) > 0).map(({ width }) => width), 0);
  let fitted = columns;
  for (; left > 0 && limit > narrowest; left = widthOf(fitted) - room) {
    limit--;
    fitted = columns.map((one) => (one.isFlexible && one.width > limit ? narrowed(one, limit) : one));
  }
  return fitted;
}

function spareOf({ isFlexible, width }: Laid): number {
  return isFlexible ? Math.max(0, width - narrowest) : 0;
}

function narrowed(column: Laid, width: number): Laid {
  return {
    ...column,
    title: cut(column.title, width),
    cells: column.cells.map((cell) => cut(cell, width)),
    width,
  };
}

function widthOf(columns: readonly Laid[]): number {
  return columns.reduce((sum, { width }) => sum + width + gap, -gap);
}

function lineOf(columns: readonly Laid[], textOf: (column: Laid) => string): string {
  const cells = columns.map((column) =>
    pad(
      textOf(column),
      column.width,
      column.align === undefined || column.align === 'left' ? 'left' : 'right',
    ),
  );
  return cells.join(' '.repeat(gap)).trimEnd();
}
