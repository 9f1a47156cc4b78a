// A prompt with all that was answered to it, and how the records of one prompt become one.
import { InputError } from '../../core/index.ts';
import type { Row } from '../sources/index.ts';

/** A prompt, its answers, which is better than which (by index), and the one to imitate. */
export type PreferenceRecord = {
  readonly prompt: string;
  readonly responses: readonly string[];
  /** `[index of the better answer, index of the worse]` */
  readonly pairs: readonly (readonly [number, number])[];
  readonly sft_target: string;
};

/** Puts the answers and pairs of one prompt together; the target is the last record's. */
export class RecordsByPrompt {
  readonly #records = new Map<string, PreferenceRecord>();

  /** Takes a record in, after those of its prompt. */
  add({ prompt, responses, pairs, sft_target }: PreferenceRecord): void {
    const known = this.#records.get(prompt);
    const first = known?.responses.length ?? 0;
    this.#records.set(prompt, {
      prompt,
      responses: [...(known?.responses ?? []), ...responses],
      pairs: [
        ...(known?.pairs ?? []),
        ...pairs.map(([better, worse]) => [first + better, first + worse] as const),
      ],
      sft_target,
    });
  }

  /** Takes a record in the place of that of its prompt. */
  replace(record: PreferenceRecord): void {
    this.#records.set(record.prompt, record);
  }

  get records(): PreferenceRecord[] {
    return [...this.#records.values()];
  }
}

/** Whether something can be learnt from a pair: both answers say something, and not the same. */
export function teaches({ responses }: PreferenceRecord, better: number, worse: number): boolean {
  const [a, b] = [responses[better]?.trim() ?? '', responses[worse]?.trim() ?? ''];
  return a !== '' && b !== '' && a !== b;
}

/** A published row that lacks what its data set has. */
export function wrongRow({ origin }: Row, what: string, set: string): InputError {
  return new InputError(`Cannot read the row as one of '${set}': ${what}; name files of that data set`, {
    location: { file: origin.file, line: origin.line },
  });
}

/** A column that is text. */
export function textOf(row: Row, column: string, set: string): string {
  const value = row.row[column];
  if (typeof value === 'string') return value;
  throw wrongRow(row, `'${column}' is no text`, set);
}

/** A column that is a number; Parquet keeps large ones as bigint. */
export function numberOf(row: Row, column: string, set: string): number {
  const value = row.row[column];
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw wrongRow(row, `'${column}' is no number`, set);
}

/** Index of the first of the highest scores. */
export function bestOf(scores: readonly number[]): number {
  return scores.reduce(
    (best, score, i) => (score > (scores[best] ?? Number.NEGATIVE_INFINITY) ? i : best),
    0,
  );
}
