// Examples out of data files: rows are read, told apart, converted and checked; a set is right or refused.
import { InputError, InputErrors } from '../core/index.ts';
import type { Example, Purpose } from './example.ts';
import { describeFault, type Fault, faultAt, faultError, RowFault } from './fault.ts';
import { FaultLog, type FaultSummary } from './fault-log.ts';
import {
  type ColumnMapping,
  checkMapping,
  convertRow,
  type DetectedFormat,
  detectFormat,
  type FormatName,
  purposesOf,
  unknownFormat,
} from './formats/index.ts';
import { expandPaths, type Row, readFileRows } from './sources/index.ts';

/** Options of {@link readExamples}. */
export type ExampleOptions = {
  /** What the examples are for; without it each row becomes what it naturally is. */
  readonly purpose?: Purpose;
  /** Canonical column name to the file's, for example `{ prompt: 'question' }`. */
  readonly columns?: ColumnMapping;
  /** The format, where the first rows would be taken for another. */
  readonly format?: FormatName;
  /** At most so many examples. */
  readonly limit?: number;
  /** Takes each fault, and reading goes on. Without it the first fault is thrown. */
  readonly onFault?: (fault: Fault) => void;
  /** Takes each sound or faulty row as it stands in the file. */
  readonly onRow?: (row: Row) => void;
  /** Takes the format as soon as it is known. */
  readonly onFormat?: (format: DetectedFormat) => void;
};

const detectionRows = 50;

/** The examples of the files, by stream. Throws InputError for the first fault unless `onFault` takes it. */
export async function* readExamples(
  paths: string | readonly string[],
  options: ExampleOptions = {},
): AsyncGenerator<Example> {
  checkMapping(options.columns ?? {});
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let count = 0;
  for (const file of await expandPaths(paths)) {
    for await (const example of convertFile(file, options)) {
      if (count++ >= limit) return;
      yield example;
    }
  }
}

/** Collects the first rows until the file's format is known; a file without a known format is read no further. */
async function* convertFile(file: string, options: ExampleOptions): AsyncGenerator<Example> {
  const report = options.onFault ?? refuse;
  let first: Row[] | undefined = [];
  let detected: DetectedFormat | undefined;
  const rows = readFileRows(file, { onFault: report });
  for await (const row of rows) {
    options.onRow?.(row);
    if (first === undefined) {
      if (detected !== undefined) yield* convertOrReport(row, detected, options, report);
      continue;
    }
    if (first.push(row) < detectionRows) continue;
    detected = detectOrReport(first, options, report);
    if (detected === undefined) return;
    for (const early of first) yield* convertOrReport(early, detected, options, report);
    first = undefined;
  }
  if (first === undefined) return;
  detected = detectOrReport(first, options, report);
  if (detected === undefined) return;
  for (const early of first) yield* convertOrReport(early, detected, options, report);
}

/**
 * All examples of the files, or InputErrors that lists the faults (the first `maxFaults`, default 20, and their number):
 * a set with a bad row is refused as a whole.
 */
export async function loadExamples(
  paths: string | readonly string[],
  options: Omit<ExampleOptions, 'onFault'> & { readonly maxFaults?: number } = {},
): Promise<Example[]> {
  const { maxFaults = 20, ...rest } = options;
  const faults = new FaultLog(maxFaults);
  const onFault = (fault: Fault) => faults.add(fault);
  const examples: Example[] = [];
  for await (const example of readExamples(paths, { ...rest, onFault })) examples.push(example);
  const summary = faults.summary();
  if (summary.total > 0) throw refusal(paths, summary);
  if (examples.length === 0)
    throw new InputError(
      `Cannot use ${listPaths(paths)}: no row serves the purpose '${rest.purpose}'; use other data`,
    );
  return examples;
}

function refusal(paths: string | readonly string[], { total, listed }: FaultSummary): InputErrors {
  const noun = total === 1 ? 'fault' : 'faults';
  const shown = total > listed.length ? `, of which ${listed.length} are listed` : '';
  return new InputErrors(
    `Cannot use ${listPaths(paths)}: ${total} ${noun}${shown}`,
    listed.map(describeFault),
  );
}

function listPaths(paths: string | readonly string[]): string {
  const list = typeof paths === 'string' ? [paths] : paths;
  return list.map((path) => `'${path}'`).join(', ');
}

function refuse(fault: Fault): never {
  throw faultError(fault);
}

function detectOrReport(
  rows: readonly Row[],
  options: ExampleOptions,
  report: (fault: Fault) => void,
): DetectedFormat | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const detected = detectFormat(rows, options);
  if (detected === undefined) {
    for (const { row, origin } of rows.slice(0, 3)) report(faultAt(origin, unknownRow(row, options)));
    return undefined;
  }
  options.onFormat?.(detected);
  const { purpose } = options;
  if (purpose === undefined || purposesOf(detected.kind).includes(purpose)) return detected;
  const fault = new RowFault(
    'wrong-purpose',
    `Rows are ${detected.columns}, which cannot serve the purpose '${purpose}'`,
    `give data for it, or train for: ${purposesOf(detected.kind).join(', ')}`,
  );
  const { line: _line, unit: _unit, ...file } = faultAt(first.origin, fault);
  report(file);
  return undefined;
}

function unknownRow(row: Row['row'], options: ExampleOptions): RowFault {
  try {
    return unknownFormat(row, options.columns);
  } catch (error) {
    if (error instanceof RowFault) return error;
    throw error;
  }
}

function* convertOrReport(
  { row, origin }: Row,
  detected: DetectedFormat,
  { purpose, columns }: ExampleOptions,
  report: (fault: Fault) => void,
): Generator<Example> {
  try {
    yield* convertRow(row, detected, {
      origin,
      ...(purpose === undefined ? {} : { purpose }),
      ...(columns === undefined ? {} : { columns }),
    });
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    report(faultAt(origin, error));
  }
}
