// The DPO service's own file: records as they are, or a chosen and a rejected answer a row.
import type { Row } from '../sources/index.ts';
import { type PreferenceRecord, RecordsByPrompt, teaches, textOf, wrongRow } from './preference-record.ts';

/** Rows `{prompt, responses, pairs, sft_target}` or `{prompt, chosen, rejected}`; prompts are used verbatim. */
export async function readCommunityPreferences(rows: AsyncIterable<Row>): Promise<PreferenceRecord[]> {
  const byPrompt = new RecordsByPrompt();
  for await (const row of rows) {
    const record = 'responses' in row.row ? recordOf(row) : pairOf(row);
    const dull = record.pairs.find(([better, worse]) => !teaches(record, better, worse));
    if (dull !== undefined)
      throw wrongRow(
        row,
        `the answers of the pair [${dull.join(', ')}] are the same, or one is empty`,
        'novalto',
      );
    byPrompt.add(record);
  }
  return byPrompt.records;
}

function pairOf(row: Row): PreferenceRecord {
  const [chosen, rejected] = [textOf(row, 'chosen', 'novalto'), textOf(row, 'rejected', 'novalto')];
  return {
    prompt: promptOf(row),
    responses: [chosen, rejected],
    pairs: [[0, 1]],
    sft_target: chosen,
  };
}

function recordOf(row: Row): PreferenceRecord {
  const { responses, pairs } = row.row;
  if (!Array.isArray(responses) || !responses.every((text) => typeof text === 'string'))
    throw wrongRow(row, "'responses' is no list of texts", 'novalto');
  if (!Array.isArray(pairs) || pairs.length === 0)
    throw wrongRow(row, "'pairs' is no list of [better, worse]", 'novalto');
  const sft_target = textOf(row, 'sft_target', 'novalto');
  if (!responses.includes(sft_target))
    throw wrongRow(row, "'sft_target' is none of the responses", 'novalto');
  const checked = pairs.map((pair: unknown): [number, number] => {
    const [better, worse]: unknown[] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    if (isIndex(better, responses.length) && isIndex(worse, responses.length) && better !== worse)
      return [better, worse];
    const what = `${JSON.stringify(pair)} in 'pairs' is not two different indices below ${responses.length}`;
    throw wrongRow(row, what, 'novalto');
  });
  return { prompt: promptOf(row), responses, pairs: checked, sft_target };
}

function promptOf(row: Row): string {
  const prompt = textOf(row, 'prompt', 'novalto');
  if (prompt.trim() === '') throw wrongRow(row, "'prompt' is empty", 'novalto');
  return prompt;
}

function isIndex(value: unknown, count: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count;
}
