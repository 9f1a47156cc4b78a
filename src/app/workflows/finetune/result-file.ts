// The result file of a job: its metrics by step, as CSV with OpenAI's columns.
import { join } from 'node:path';
import type { Files } from '../../../files/index.ts';
import { type MetricsRow, readMetrics } from '../../../training/index.ts';
import type { JobPaths } from './job-directory.ts';

/** OpenAI's columns, and what of a row stands in each: the first that it has. */
const columns: Readonly<Record<string, readonly string[]>> = {
  step: ['step'],
  train_loss: ['loss'],
  train_accuracy: ['mean_token_accuracy', 'rewards/accuracies'],
  valid_loss: ['eval_loss'],
  valid_mean_token_accuracy: ['eval_mean_token_accuracy', 'eval_rewards/accuracies'],
};

const purpose = 'fine-tune-results';

/** Keeps the file for the owner. @returns its id; that of the file which an earlier start of the job has kept */
export async function keepResultFile(
  files: Files,
  { owner, jobId, paths }: { readonly owner: string; readonly jobId: string; readonly paths: JobPaths },
): Promise<string> {
  const filename = `step_metrics-${jobId}.csv`;
  const { items } = await files.list({ owner, purpose });
  const kept = items.find((file) => file.filename === filename);
  if (kept !== undefined) return kept.id;
  const text = csvOf(await readMetrics(join(paths.run, 'metrics.jsonl')));
  const { id } = await files.create({ owner, filename, purpose }, chunksOf(text));
  await files.setStatus(id, 'processed');
  return id;
}

function csvOf(rows: readonly MetricsRow[]): string {
  const lines = rows.map((row) =>
    Object.values(columns)
      .map((names) => names.map((name) => row[name]).find((value) => value !== undefined) ?? '')
      .join(','),
  );
  return [Object.keys(columns).join(','), ...lines, ''].join('\n');
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
