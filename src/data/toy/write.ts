// Writes toy data as JSONL files.
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/index.ts';
import { type ToyOptions, toyPreferences, toySft } from './toy.ts';

/** Where {@link writeToyData} put its files. */
export type ToyFiles = {
  readonly preferenceTrain: string;
  readonly preferenceEval: string;
  readonly sftTrain: string;
  readonly sftEval: string;
};

/** Writes `preference-train.jsonl`, `preference-eval.jsonl`, `sft-train.jsonl` and `sft-eval.jsonl`, each atomically. */
export async function writeToyData(directory: string, options: ToyOptions = {}): Promise<ToyFiles> {
  const preferences = toyPreferences(options);
  const completions = toySft(options);
  return {
    preferenceTrain: await writeJsonLines(join(directory, 'preference-train.jsonl'), preferences.train),
    preferenceEval: await writeJsonLines(join(directory, 'preference-eval.jsonl'), preferences.eval),
    sftTrain: await writeJsonLines(join(directory, 'sft-train.jsonl'), completions.train),
    sftEval: await writeJsonLines(join(directory, 'sft-eval.jsonl'), completions.eval),
  };
}

async function writeJsonLines(path: string, rows: readonly unknown[]): Promise<string> {
  await writeFileAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
