// Finds prompts that are in the training data and in the held-out data.
import { sha256 } from '../../core/index.ts';
import type { Example, Origin } from '../example.ts';
import { describePlace } from '../fault.ts';
import { normaliseText, promptText } from '../prompt-key.ts';

/** A held-out example whose prompt is trained on. */
export type Leak = {
  /** `exact`: the same characters; `normalised`: the same but for case, punctuation and spacing. */
  readonly kind: 'exact' | 'normalised';
  readonly eval: Origin;
  /** The first training example with that prompt. */
  readonly train: Origin;
  /** How many training examples have it. */
  readonly trainCount: number;
  readonly prompt: string;
};

/** Every held-out example whose prompt occurs in training, in the order of the held-out data. */
export function findLeaks(train: Iterable<Example>, held: Iterable<Example>): Leak[] {
  const seen = new Map<
    string,
    { readonly origin: Origin; readonly exact: Map<string, Origin>; count: number }
  >();
  for (const example of train) {
    const prompt = promptText(example);
    const key = sha256(normaliseText(prompt));
    const entry = seen.get(key) ?? { origin: example.origin, exact: new Map<string, Origin>(), count: 0 };
    entry.count++;
    if (!entry.exact.has(prompt)) entry.exact.set(prompt, example.origin);
    seen.set(key, entry);
  }
  const leaks: Leak[] = [];
  for (const example of held) {
    const prompt = promptText(example);
    const entry = seen.get(sha256(normaliseText(prompt)));
    if (entry === undefined) continue;
    const exact = entry.exact.get(prompt);
    leaks.push({
      kind: exact === undefined ? 'normalised' : 'exact',
      eval: example.origin,
      train: exact ?? entry.origin,
      trainCount: entry.count,
      prompt,
    });
  }
  return leaks;
}

/** `eval.jsonl:3 has the prompt of train.jsonl:17: "..."`. */
export function describeLeak(leak: Leak): string {
  const relation = leak.kind === 'exact' ? 'has the prompt of' : 'has nearly the prompt of';
  const more = leak.trainCount > 1 ? ` (and ${leak.trainCount - 1} more)` : '';
  const text = leak.prompt.length > 80 ? `${leak.prompt.slice(0, 77)}...` : leak.prompt;
  return `${describePlace(leak.eval)} ${relation} ${describePlace(leak.train)}${more}: ${JSON.stringify(text)}`;
}
