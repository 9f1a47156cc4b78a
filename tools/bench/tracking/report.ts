// The bench's results as text.
import type { Floor } from './floor.ts';
import { advantage, type Measure, type MeasureName, measures, misses, type Readings } from './measures.ts';
import { median } from './statistics.ts';

type Turns = { readonly hone: readonly Readings[]; readonly mlflow: readonly Readings[] };

export function floorLines(floor: Floor): readonly string[] {
  return [
    'The client alone, against a server that does nothing:',
    `  request p50 ${number(floor.requestP50)} ms, p95 ${number(floor.requestP95)} ms; eight clients ${number(floor.clientsRate)} requests/s`,
    `  log-batch(1000) ${number(floor.batch1000)} ms; reading 2 MB ${number(floor.read2Mb)} ms; 50 MB PUT ${number(floor.put50Mb / 1000)} s, GET ${number(floor.get50Mb / 1000)} s`,
    '',
  ];
}

/** The median of all turns in each cell; the ratio says how many times better Hone is. */
export function tableLines(turns: Turns): readonly string[] {
  const rows = names().map((name) => {
    const measure: Measure = measures[name];
    const hone = middle(turns.hone, name);
    const mlflow = middle(turns.mlflow, name);
    const both = hone !== undefined && mlflow !== undefined && measure.unit !== 'x';
    return row([
      `${measure.label} ${measure.unit === '/s' ? 'a second' : unitOf(measure)}`,
      measure.target === undefined ? '' : `${measure.unit === '/s' ? '>' : '<'} ${number(measure.target)}`,
      hone === undefined ? '-' : number(hone),
      mlflow === undefined ? '-' : number(mlflow),
      both ? `${number(advantage(measure, [hone, mlflow]))}x` : '',
      hone !== undefined && misses(measure, hone) ? 'misses' : '',
    ]);
  });
  const count = Math.max(turns.hone.length, turns.mlflow.length);
  return [
    row(['measure', 'target', 'Hone', 'MLflow', 'better', '']),
    ...rows,
    '',
    `Medians of ${count} turn${count === 1 ? '' : 's'}. In each turn, uncounted first: 50 calls of each kind, 2 batches of 1,000,`,
    '10 filtered searches, one call of what is larger, 1 s of eight clients. MLflow runs without its job processes.',
  ];
}

function unitOf({ unit }: Measure): string {
  return unit === 'x' ? '' : `(${unit})`;
}

function names(): readonly MeasureName[] {
  return Object.keys(measures) as MeasureName[];
}

function middle(turns: readonly Readings[], name: MeasureName): number | undefined {
  const values = turns.flatMap((turn) => turn[name] ?? []);
  return values.length === 0 ? undefined : median(values);
}

function row(cells: readonly string[]): string {
  const [label = '', ...rest] = cells;
  return (label.padEnd(48) + rest.map((cell) => cell.padStart(11)).join('')).trimEnd();
}

/** Three significant digits, thousands in groups. */
export function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
