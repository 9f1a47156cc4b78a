// Splits examples into a training and a held-out part, so that no prompt is in both.
import { InputError, sha256 } from '../core/index.ts';
import type { Example } from './example.ts';
import { normaliseText, promptText } from './prompt-key.ts';

/** Options of {@link splitExamples}; name one of the sizes. */
export type SplitOptions = {
  /** Share of the examples to hold out, in (0, 1). */
  readonly evalFraction?: number;
  /** Number of examples to hold out. */
  readonly evalCount?: number;
  readonly seed: number;
};

/** The two parts, each in the order of the data. */
export type Split<T extends Example = Example> = {
  readonly train: readonly T[];
  readonly eval: readonly T[];
};

/**
 * Holds out whole groups of examples with the same prompt (case, punctuation and spacing aside), drawn by a hash of seed and prompt:
 * the order of the data does not matter. The held-out part has the asked size or, where groups are large, a little less.
 * Throws InputError when either part would be empty.
 */
export function splitExamples<T extends Example>(examples: readonly T[], options: SplitOptions): Split<T> {
  const wanted = evalSize(examples.length, options);
  const groups = new Map<string, number>();
  const keys = examples.map((example) => sha256(`${options.seed}:${normaliseText(promptText(example))}`));
  for (const key of keys) groups.set(key, (groups.get(key) ?? 0) + 1);
  const held = drawGroups(groups, wanted);
  const split = {
    train: examples.filter((_, index) => !held.has(keys[index] ?? '')),
    eval: examples.filter((_, index) => held.has(keys[index] ?? '')),
  };
  if (split.train.length > 0 && split.eval.length > 0) return split;
  throw new InputError(
    `Cannot hold out ${wanted} of ${examples.length} examples: they have ${groups.size} different prompts, and a prompt is not divided; give more data or another size`,
  );
}

/** Groups in the order of their hash, as long as they fit; at least one. */
function drawGroups(groups: ReadonlyMap<string, number>, wanted: number): Set<string> {
  const held = new Set<string>();
  let room = wanted;
  const order = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, size] of order) {
    if (size > room) continue;
    held.add(key);
    room -= size;
  }
  const [smallest] = [...order].sort(([, a], [, b]) => a - b);
  if (held.size === 0 && smallest !== undefined) held.add(smallest[0]);
  return held;
}

function evalSize(total: number, { evalFraction, evalCount }: SplitOptions): number {
  if ((evalFraction === undefined) === (evalCount === undefined))
    throw new InputError("Cannot split examples: name either 'evalFraction' or 'evalCount'");
  const wanted = evalCount ?? Math.round(total * (evalFraction ?? 0));
  const sound = evalFraction === undefined ? Number.isInteger(wanted) : evalFraction > 0 && evalFraction < 1;
  if (sound && (evalCount === undefined || (evalCount > 0 && evalCount < total))) return Math.max(1, wanted);
  throw new InputError(
    `Cannot split ${total} examples: 'evalFraction' must lie between 0 and 1 and 'evalCount' between 1 and ${total - 1}, ` +
      `current value is ${evalFraction ?? evalCount}`,
  );
}
