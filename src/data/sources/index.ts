// Rows out of data files of any kind, by stream.
import { type Fault, faultAt, faultError, RowFault } from '../fault.ts';
import { readUtf8 } from './bytes.ts';
import { readCsv } from './csv.ts';
import { readJson } from './json.ts';
import { readJsonLines } from './json-lines.ts';
import { readParquet } from './parquet.ts';
import { expandPaths } from './paths.ts';
import { isFault, type Row, type SourceItem } from './row.ts';
import { type FileKind, sniffFile } from './sniff.ts';
import type { Progress } from './utf8.ts';

export { expandPaths } from './paths.ts';
export { describeType, isRecord, type Row } from './row.ts';

/** Options of {@link readRows}. */
export type ReadOptions = {
  /** Takes each fault, and reading goes on with the next row or file. Without it the first fault is thrown. */
  readonly onFault?: (fault: Fault) => void;
};

/**
 * The rows of JSONL, JSON, CSV, TSV and Parquet files (each also compressed with gzip or Zstandard), by stream.
 * A directory stands for the data files in it; globs are expanded. The kind is told by the name, then by the content.
 * Throws InputError for the first fault unless `onFault` takes it; ResourceError when the machine refuses.
 */
export async function* readRows(
  paths: string | readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<Row> {
  for (const file of await expandPaths(paths)) yield* readFileRows(file, options);
}

/** {@link readRows} of one file whose path is taken as it is. */
export async function* readFileRows(file: string, options: ReadOptions = {}): AsyncGenerator<Row> {
  let found = 0;
  for await (const items of readFile(file)) {
    for (const item of items) {
      found++;
      if (!isFault(item)) yield item;
      else if (options.onFault === undefined) throw faultError(item);
      else options.onFault(item);
    }
  }
  if (found === 0) report(file, options);
}

function report(file: string, options: ReadOptions): void {
  const fault: Fault = {
    kind: 'unreadable',
    file,
    reason: 'File holds no rows',
    remedy: 'check that it was written completely',
  };
  if (options.onFault === undefined) throw faultError(fault);
  options.onFault(fault);
}

/** One file's items; what makes the rest of the file unreadable becomes its last item. */
async function* readFile(file: string): AsyncGenerator<SourceItem[]> {
  const progress: Progress = { line: 0 };
  let byLine = false;
  try {
    const kind = await sniffFile(file);
    byLine = kind.kind === 'json-lines' || kind.kind === 'csv';
    progress.line = 1;
    yield* readKind(kind, file, progress);
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    const fault = faultAt({ file, line: progress.line }, error);
    yield [byLine || error.line !== undefined ? fault : withoutLine(fault)];
  }
}

/** Where records are counted, the fault of the file itself has no line: its reason says how far reading came. */
function withoutLine({ line: _line, ...fault }: Fault): Fault {
  return fault;
}

function readKind(kind: FileKind, file: string, progress: Progress): AsyncGenerator<SourceItem[]> {
  switch (kind.kind) {
    case 'json-lines':
      return readJsonLines(readUtf8(file), file, progress);
    case 'json':
      return readJson(readUtf8(file), file, progress, kind.layout);
    case 'csv':
      return readCsv(readUtf8(file), file, progress, kind.delimiter);
    case 'parquet':
      return readParquet(file, file, progress);
  }
}
