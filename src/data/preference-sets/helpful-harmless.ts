// Anthropic's helpful and harmless dialogues: two whole conversations a row, which differ in the last answer.
import type { Row } from '../sources/index.ts';
import { type PreferenceRecord, RecordsByPrompt, textOf, wrongRow } from './preference-record.ts';

const turn = '\n\nAssistant:';

/** Rows `{chosen, rejected}`; the prompt is what stands before the last answer of `chosen`. */
export async function readHelpfulHarmless(rows: AsyncIterable<Row>): Promise<PreferenceRecord[]> {
  const byPrompt = new RecordsByPrompt();
  for await (const row of rows) {
    const chosen = textOf(row, 'chosen', 'hh');
    const end = chosen.lastIndexOf(turn);
    if (end < 0) throw wrongRow(row, "'chosen' has no turn of the assistant", 'hh');
    const prompt = chosen.slice(0, end + turn.length);
    const answer = chosen.slice(prompt.length);
    const rejected = textOf(row, 'rejected', 'hh').slice(prompt.length);
    byPrompt.add({ prompt, responses: [answer, rejected], pairs: [[0, 1]], sft_target: answer });
  }
  return byPrompt.records;
}
