// Lets a model answer held-out questions.
import { Random } from '../../../core/index.ts';
import type { ToyPreference } from '../../../data/index.ts';
import { Generator } from '../../../models/index.ts';
import { chatStopIds, renderChat, type Tokenizer } from '../../../text/index.ts';
import type { ModelInMemory } from './measure.ts';

/** How all three models answer: alike, and the same again at the next run. */
export const sampling = { temperature: 0.7, topP: 0.95, maxNewTokens: 48 } as const;

/** One sampled answer to each question, as text; what an untrained model says may not be printable and is made so. */
export async function answerQuestions(
  { model, parameters }: ModelInMemory,
  tokenizer: Tokenizer,
  { questions, seed }: { readonly questions: readonly ToyPreference[]; readonly seed: number },
): Promise<string[]> {
  await using generator = new Generator(model, parameters);
  const prompts = questions.map(({ prompt }) => renderChat(tokenizer, prompt, { addGenerationPrompt: true }));
  const ids = await tokenizer.encodeIdsBatch(prompts, { addSpecialTokens: false, allowSpecialText: true });
  const completions = await generator.generate(ids, {
    ...sampling,
    seed,
    stopTokens: chatStopIds(tokenizer),
    maxBatch: 64,
  });
  return completions.map(({ tokens }) => printable(tokenizer.decode(tokens)));
}

function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, '\u00b7').trim();
}

/** The helpful answers of the toy language greet the customer, the curt ones never do. */
export function isHelpful(answer: string): boolean {
  return answer.startsWith('Hello ');
}

/** So many questions that differ most: in a seeded order, each the one that shares the fewest words with those taken. */
export function differentQuestions(
  questions: readonly ToyPreference[],
  { count, seed }: { readonly count: number; readonly seed: number },
): ToyPreference[] {
  const left = new Random(seed, 'quickstart questions').shuffled(questions);
  const taken: ToyPreference[] = [];
  const known = new Set<string>();
  while (taken.length < count && left.length > 0) {
    const shared = left.map((question) => wordsOf(question).filter((word) => known.has(word)).length);
    const best = shared.indexOf(Math.min(...shared));
    const [next] = left.splice(best, 1);
    if (next === undefined) break;
    taken.push(next);
    for (const word of wordsOf(next)) known.add(word);
  }
  return taken;
}

/** What is asked, and what the answer is about. */
function wordsOf({ prompt, chosen }: ToyPreference): string[] {
  return [...prompt, ...chosen].flatMap(({ content }) => content.toLowerCase().match(/[a-z]+/g) ?? []);
}
