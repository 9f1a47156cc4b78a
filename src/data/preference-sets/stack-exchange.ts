// Stack Exchange questions with their scored answers, in HTML.
import { Random } from '../../core/index.ts';
import { isRecord, type Row } from '../sources/index.ts';
import { htmlText } from './html-text.ts';
import { bestOf, type PreferenceRecord, RecordsByPrompt, textOf, wrongRow } from './preference-record.ts';

/** The reference trainer's seed and share of the rows that are for testing; the order drawn with them is Hone's own. */
const split = { seed: 42, testShare: 0.01 } as const;

/**
 * Rows `{question, answers: [{text, pm_score}, ...]}`; a pair of any two answers, the later better at equal scores; the target has
 * the highest score.
 */
export async function readStackExchange(
  rows: AsyncIterable<Row>,
  part: 'train' | 'test',
): Promise<PreferenceRecord[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  const order = new Random(split.seed, 'stack-exchange').shuffled(all);
  const tests = Math.floor(all.length * split.testShare);
  const byPrompt = new RecordsByPrompt();
  for (const row of part === 'test' ? order.slice(0, tests) : order.slice(tests)) {
    const record = recordOf(row);
    if (record.responses.length > 0) byPrompt.replace(record);
  }
  return byPrompt.records;
}

function recordOf(row: Row): PreferenceRecord {
  const answers = answersOf(row);
  const scores = answers.map(({ score }) => score);
  const responses = answers.map(({ text }) => ` ${htmlText(text)}`);
  const pairs = scores.flatMap((score, i) =>
    scores.slice(i + 1).map((other, k): [number, number] => {
      const j = i + 1 + k;
      return score > other ? [i, j] : [j, i];
    }),
  );
  return {
    prompt: `\n\nHuman: ${htmlText(textOf(row, 'question', 'se'))}\n\nAssistant:`,
    responses,
    pairs,
    sft_target: responses[bestOf(scores)] ?? '',
  };
}

function answersOf(row: Row): { readonly text: string; readonly score: number }[] {
  const { answers } = row.row;
  if (!Array.isArray(answers)) throw wrongRow(row, "'answers' is no list", 'se');
  return answers.map((answer: unknown) => {
    const { text, pm_score: score } = isRecord(answer) ? answer : {};
    if (typeof text !== 'string' || (typeof score !== 'number' && typeof score !== 'bigint'))
      throw wrongRow(row, "an answer lacks 'text' or 'pm_score'", 'se');
    return { text, score: Number(score) };
  });
}
