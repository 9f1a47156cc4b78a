// Shortens examples to the context: the end of the prompt and the start of the answer stay.
import { InputError } from '../core/index.ts';
import type { Encoded } from './encoded.ts';
import { fault, type Located } from './locations.ts';

/** Ways to shorten. */
export const truncationModes = [
  'keep-prompt-end',
  'keep-start',
  'limit-prompt-end',
  'limit-prompt-start',
] as const;

/** The name of a way to shorten. */
export type TruncationMode = (typeof truncationModes)[number];

/** How examples that are too long are shortened. */
export type TruncateOptions = Located & {
  /** Most tokens that an example may have. */
  readonly maxLength: number;
  /**
   * `keep-prompt-end`: the prompt loses its start (never a leading BOS), then the answer its end. `keep-start`: only the
   * end of the whole goes, as in TRL. `limit-prompt-end`, `limit-prompt-start`: as in the reference DPO trainer, the end or
   * the start of the prompt stays, `maxPromptLength` tokens of it, however short the answer is; where that is not enough
   * each answer is cut to what `maxLength` leaves beside so long a prompt. Default: keep-prompt-end.
   */
  readonly mode?: TruncationMode;
  /** Most prompt tokens that stay when the answer needs the room. Default: half of `maxLength`. */
  readonly maxPromptLength?: number;
  /** What to do with a prompt that fills the context alone. Default: refuse. */
  readonly onLongPrompt?: 'refuse' | 'drop' | 'cut';
  /** A first token with this id stays. */
  readonly bosTokenId?: number | null;
};

/** What was cut, in tokens. */
export type Cuts = { readonly cutPrompt: number; readonly cutAnswer: number };

/** The shortened example, or null if it is dropped. */
export type Truncated = Cuts & { readonly encoded: Encoded | null };

/** The shortened pair, or null if it is dropped. `cutAnswer` counts both answers. */
export type TruncatedPair = Cuts & {
  readonly pair: { readonly chosen: Encoded; readonly rejected: Encoded } | null;
};

/**
 * Shortens an example to `maxLength` tokens.
 * @throws InputError if the prompt alone fills the context and `onLongPrompt` is `refuse`.
 */
export function truncate(encoded: Encoded, options: TruncateOptions): Truncated {
  const [shortened] = truncateAll([encoded], options) ?? [];
  if (shortened === undefined) return { encoded: null, cutPrompt: 0, cutAnswer: 0 };
  return { encoded: shortened, ...countCuts([encoded], [shortened]) };
}

/** {@link truncate} for both answers to one prompt, which stays the same for both. */
export function truncatePair(
  pair: { readonly chosen: Encoded; readonly rejected: Encoded },
  options: TruncateOptions,
): TruncatedPair {
  const given = [pair.chosen, pair.rejected];
  const shortened = truncateAll(given, options);
  const [chosen, rejected] = shortened ?? [];
  if (!shortened || !chosen || !rejected) return { pair: null, cutPrompt: 0, cutAnswer: 0 };
  return { pair: { chosen, rejected }, ...countCuts(given, shortened) };
}

/** Shortens examples that share their prompt; null if they are to be dropped. */
function truncateAll(examples: readonly Encoded[], options: TruncateOptions): Encoded[] | null {
  const { maxLength, bosTokenId = null, onLongPrompt = 'refuse' } = options;
  checkLength('maxLength', maxLength);
  const longest = Math.max(...examples.map((example) => example.ids.length));
  if (longest <= maxLength) return [...examples];
  if (options.mode === 'limit-prompt-end' || options.mode === 'limit-prompt-start')
    return limitPrompt(examples, options);
  const prompt = examples[0]?.promptLength ?? 0;
  if (prompt >= maxLength && onLongPrompt !== 'cut') {
    if (onLongPrompt === 'drop') return null;
    throw fault(
      `Cannot shorten the example: its prompt has ${prompt} tokens, the context ${maxLength}; raise the maximum length, ` +
        "shorten the prompt, or set onLongPrompt to 'drop' or 'cut'",
      options,
    );
  }
  const keep = keptPrompt(prompt, longest - prompt, options);
  const shortened = examples.map((example) => cut(example, keep, maxLength, bosTokenId));
  if (shortened.every((example) => example.trained.includes(true))) return shortened;
  if (onLongPrompt !== 'refuse') return null;
  throw fault(
    `Cannot shorten the example to ${maxLength} tokens: no trained token would be left; raise the maximum length`,
    options,
  );
}

/** How many of the prompt's tokens stay. */
function keptPrompt(prompt: number, answer: number, options: TruncateOptions): number {
  const { maxLength, mode = 'keep-prompt-end' } = options;
  if (mode === 'keep-start' && prompt < maxLength) return prompt;
  const most = options.maxPromptLength ?? Math.floor(maxLength / 2);
  checkLength('maxPromptLength', most);
  return Math.min(prompt, Math.max(most, maxLength - answer), maxLength - 1);
}

/** The prompt to its limit; if need be, the answers to what the limit leaves. */
function limitPrompt(examples: readonly Encoded[], options: TruncateOptions): Encoded[] {
  const { maxLength, maxPromptLength: limit = Math.floor(maxLength / 2), mode, bosTokenId = null } = options;
  checkLength('maxPromptLength', limit);
  if (limit >= maxLength)
    throw new InputError(
      `Cannot shorten examples: a prompt of ${limit} tokens leaves no room for an answer in ${maxLength}; lower the limit of the prompt`,
    );
  const prompt = Math.max(...examples.map(({ promptLength }) => Math.min(promptLength, limit)));
  const answer = Math.max(...examples.map(({ ids, promptLength }) => ids.length - promptLength));
  const room = prompt + answer > maxLength ? maxLength - limit : answer;
  return examples.map(({ ids, trained, promptLength }) => {
    const keep = Math.min(promptLength, limit);
    const bos = mode === 'limit-prompt-end' && keep < promptLength && ids[0] === bosTokenId ? 1 : 0;
    const skipped = mode === 'limit-prompt-end' ? promptLength - keep + bos : 0;
    const part = <T>(items: readonly T[]): T[] => [
      ...items.slice(0, bos),
      ...items.slice(skipped, skipped + keep - bos),
      ...items.slice(promptLength, promptLength + room),
    ];
    return { ids: part(ids), trained: part(trained), promptLength: keep };
  });
}

function checkLength(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InputError(
    `Cannot shorten examples: ${name} must be a positive integer, current value is ${value}`,
  );
}

function cut(example: Encoded, keep: number, maxLength: number, bosTokenId: number | null): Encoded {
  const { ids, trained, promptLength } = example;
  const bos = bosTokenId !== null && ids[0] === bosTokenId && keep < promptLength && keep > 1 ? 1 : 0;
  const start = promptLength - keep + bos;
  const end = start + maxLength - bos;
  const part = <T>(items: readonly T[]): T[] => [...items.slice(0, bos), ...items.slice(start, end)];
  const flags = part(trained);
  flags[0] = false;
  return { ids: part(ids), trained: flags, promptLength: keep };
}

function countCuts(before: readonly Encoded[], after: readonly Encoded[]): Cuts {
  const answers = (examples: readonly Encoded[]) =>
    examples.reduce((sum, example) => sum + example.ids.length - example.promptLength, 0);
  const prompt = (examples: readonly Encoded[]) => examples[0]?.promptLength ?? 0;
  return { cutPrompt: prompt(before) - prompt(after), cutAnswer: answers(before) - answers(after) };
}
