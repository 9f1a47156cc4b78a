// Cells of a table of runs as people read them.
import type { Column, Run } from '../../../app/index.ts';
import type { TableColumn } from '../../table/table.ts';
import { formatAge, formatSpan } from '../../table/times.ts';
import { formatMetric } from '../../train/format.ts';

/** Of an id, this many digits. */
const shownDigits = 8;

export function shortId(runId: string): string {
  return runId.slice(0, shownDigits);
}

/** How a column lies in the table. */
export function tableColumn({ title, kind }: Column): TableColumn {
  return {
    title: titles[title] ?? title,
    align: kind === 'number' ? 'number' : kind === 'duration' ? 'right' : 'left',
    isFlexible: kind === 'text',
  };
}

const titles: Readonly<Record<string, string>> = { run_id: 'run', start_time: 'started', end_time: 'ended' };

/** A cell: short ids, relative times, four digits of a number. */
export function cellText({ kind, cellOf }: Column, run: Run): string {
  const value = cellOf(run);
  if (value === undefined) return '';
  if (typeof value === 'string') return kind === 'id' ? shortId(value) : value;
  if (kind === 'time') return formatAge(value);
  if (kind === 'duration') return formatSpan(value);
  return formatMetric(value);
}
