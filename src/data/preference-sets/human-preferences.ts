// The Stanford Human Preferences: two answers of people to a post, with their votes.
import type { Row } from '../sources/index.ts';
import { bestOf, numberOf, type PreferenceRecord, RecordsByPrompt, textOf } from './preference-record.ts';

/** Closer votes say little. */
const leastRatio = 2;

/** Rows `{history, human_ref_A, human_ref_B, score_A, score_B, labels}`; the target is the answer with the most votes. */
export async function readHumanPreferences(rows: AsyncIterable<Row>): Promise<PreferenceRecord[]> {
  const byPrompt = new RecordsByPrompt();
  const scoresOf = new Map<string, number[]>();
  for await (const row of rows) {
    const [a, b] = [numberOf(row, 'score_A', 'shp'), numberOf(row, 'score_B', 'shp')];
    if (!(Math.max(a / b, b / a) >= leastRatio)) continue;
    const prompt = `\n\nHuman: ${textOf(row, 'history', 'shp')}\n\nAssistant:`;
    const responses = [` ${textOf(row, 'human_ref_A', 'shp')}`, ` ${textOf(row, 'human_ref_B', 'shp')}`];
    const isFirstBetter = numberOf(row, 'labels', 'shp') === 1;
    byPrompt.add({ prompt, responses, pairs: [isFirstBetter ? [0, 1] : [1, 0]], sft_target: '' });
    scoresOf.set(prompt, [...(scoresOf.get(prompt) ?? []), a, b]);
  }
  return byPrompt.records.map((record) => ({
    ...record,
    sft_target: record.responses[bestOf(scoresOf.get(record.prompt) ?? [])] ?? '',
  }));
}
