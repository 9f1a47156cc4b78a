// Runs on their way into a table: read once, kept in a temporary file until all columns are known.
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunRecord } from '../run-record.ts';
import { joined } from './joined.ts';

/** Keys in order. */
export type ExportedKeys = {
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly tags: readonly string[];
};

const kinds = ['params', 'metrics', 'tags'] as const;

/** Records that can be read again and again. */
export class ExportedRuns {
  readonly count: number;
  readonly keys: ExportedKeys;
  readonly #directory: string;

  private constructor(
    directory: string,
    { count, keys }: { readonly count: number; readonly keys: ExportedKeys },
  ) {
    this.#directory = directory;
    this.count = count;
    this.keys = keys;
  }

  /** Reads all records; none is held in memory. */
  static async collect(records: AsyncIterable<RunRecord>): Promise<ExportedRuns> {
    const directory = await mkdtemp(join(tmpdir(), 'hone-export-'));
    try {
      return new ExportedRuns(directory, await spool(fileIn(directory), records));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async *records(): AsyncGenerator<RunRecord> {
    const lines = createInterface({
      input: createReadStream(fileIn(this.#directory)),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) yield JSON.parse(line);
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function fileIn(directory: string): string {
  return join(directory, 'runs.jsonl');
}

async function spool(path: string, records: AsyncIterable<RunRecord>) {
  const found = { metrics: new Set<string>(), params: new Set<string>(), tags: new Set<string>() };
  let count = 0;
  const lines = (async function* () {
    for await (const record of records) {
      count++;
      for (const kind of kinds) for (const key of Object.keys(record[kind])) found[kind].add(key);
      yield `${JSON.stringify(record)}\n`;
    }
  })();
  const file = await open(path, 'wx');
  try {
    for await (const text of joined(lines)) await file.write(text);
  } finally {
    await file.close();
  }
  const sorted = (set: ReadonlySet<string>) => [...set].sort();
  return {
    count,
    keys: { metrics: sorted(found.metrics), params: sorted(found.params), tags: sorted(found.tags) },
  };
}
