// The run's metrics as JSON lines, one object per optimiser step; a resumed run takes back what came after its checkpoint.
import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileError, isSystemError, writeFileAtomic } from '../../core/index.ts';

/** Numbers by name, among them `step`. */
export type MetricsRow = Readonly<Record<string, number>> & { readonly step: number };

/** Appends rows as they come. */
export class MetricsLog {
  readonly #path: string;
  readonly #file: number;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens the log, keeping the rows up to a step.
   * @param keepThrough the step of the checkpoint that the run goes on from; 0 begins anew
   */
  static async open(path: string, keepThrough: number): Promise<MetricsLog> {
    const rows = keepThrough === 0 ? [] : await readMetrics(path);
    const kept = rows.filter((row) => row.step <= keepThrough);
    await writeFileAtomic(path, kept.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return new MetricsLog(path, openSync(path, 'a'));
  }

  append(row: MetricsRow): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(row)}\n`);
    } catch (error) {
      throw fileError(`Cannot write '${this.#path}'`, error);
    }
  }

  /** What was appended is on disk when this returns: a checkpoint must not outlive the rows that led to it. */
  flush(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The rows of a metrics file; a last line that a crash cut off is left out. No file: no rows. */
export async function readMetrics(path: string): Promise<MetricsRow[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(`Cannot read '${path}'`, error);
  }
  const lines = text.split('\n');
  // What follows the last newline is empty, or a line that was being written
  return lines.slice(0, -1).map((line) => JSON.parse(line) as MetricsRow);
}
