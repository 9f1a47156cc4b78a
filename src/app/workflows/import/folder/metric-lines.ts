// Reads the histories that MLflow's file store appends to: a line for each value.
import type { Tell } from '../problems.ts';

/** A line: `timestamp value [step [fields]]`; of a run the fields are a dataset's name and digest, of a model the run comes first. */
export type MetricLine = {
  readonly timestamp: number;
  readonly value: number;
  readonly step: number;
  readonly rest: readonly string[];
};

/** Values that are handed on together. */
const batchSize = 1000;
/** A line that is longer is none of MLflow's: names of datasets have up to 500 characters. */
const longestLine = 4000;

/** The lines of a file in batches; a line that says something else is told, with its number. */
export async function* metricLines(
  bytes: AsyncIterable<Uint8Array>,
  { path, tell }: { readonly path: string; readonly tell: Tell },
): AsyncGenerator<readonly MetricLine[]> {
  let batch: MetricLine[] = [];
  let number = 0;
  let faults = 0;
  let firstFault = '';
  for await (const text of lines(bytes)) {
    number++;
    if (text.trim() === '') continue;
    const line = parseLine(text);
    if (line !== undefined) batch.push(line);
    else if (faults++ === 0) firstFault = `${path}:${number}`;
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  if (faults > 0) {
    const others = faults === 1 ? '' : `, and ${faults - 1} lines after it are none either`;
    tell({ what: 'metric', where: firstFault, reason: `the line is no 'timestamp value step'${others}` });
  }
}

function parseLine(text: string): MetricLine | undefined {
  const [timestamp = '', value = '', step = '0', ...rest] = text.trim().split(' ');
  const number = pythonFloat(value);
  if (!/^-?\d+$/.test(timestamp) || !/^-?\d+$/.test(step) || number === undefined) return undefined;
  return { timestamp: Number(timestamp), value: number, step: Number(step), rest };
}

/** A number as Python's `str` writes it. */
export function pythonFloat(text: string): number | undefined {
  const special = /^([-+]?)(nan|inf|infinity)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Lines without their ends; of one that is too long, its beginning. */
async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const piece of bytes) {
    const parts = decoder.decode(piece, { stream: true }).split('\n');
    for (const [index, part] of parts.entries()) {
      open = (open + part).slice(0, longestLine);
      if (index < parts.length - 1) {
        yield open;
        open = '';
      }
    }
  }
  if (open !== '') yield open;
}
