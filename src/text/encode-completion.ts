// Encodes a prompt with its completion, or with a chosen and a rejected one.
import { type ChatOptions, encodeTurns } from './encode-chat.ts';
import { type BoundaryOptions, encodePlainCompletion } from './encode-text.ts';
import type { Encoded } from './encoded.ts';
import { fault } from './locations.ts';
import type { Message } from './message.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Plain text, used verbatim, or messages, which go through the chat template. */
export type PromptText = string | readonly Message[];

/** Options for both kinds; those of the other kind are not read. `eos` has its own default for each kind. */
export type CompletionOptions = Omit<ChatOptions, 'eos' | 'tools'> &
  Pick<BoundaryOptions, 'boundary' | 'frame'> & { readonly eos?: 'require' | 'append' | 'none' };

/** A prompt and its completion, both text or both messages. */
export type Completion = {
  readonly prompt: PromptText;
  readonly completion: PromptText;
  readonly tools?: readonly unknown[];
};

/** A prompt with a preferred and a dispreferred completion. */
export type Preference = {
  readonly prompt: PromptText;
  readonly chosen: PromptText;
  readonly rejected: PromptText;
  readonly tools?: readonly unknown[];
};

/**
 * Encodes a prompt and its completion; only the completion is trained.
 *
 * Text: encoded as one, split at the boundary, EOS appended once. Messages: the tokens of the template's prompt (with
 * the generation prompt) must be how the tokens of the whole begin; of the completion, assistant messages are trained
 * (`trainOn: 'all'`: everything after the prompt).
 * @throws InputError wherever the model would be trained on another text than it sees in use; it says what differs.
 */
export async function encodeCompletion(
  tokenizer: Tokenizer,
  example: Completion,
  options: CompletionOptions = {},
): Promise<Encoded> {
  const { prompt, completion, tools } = example;
  if (typeof prompt === 'string' && typeof completion === 'string') {
    const { eos, ...rest } = options;
    const pair = { prompt, completion };
    return encodePlainCompletion(tokenizer, pair, { ...rest, eos: eos === 'none' ? 'none' : 'append' });
  }
  if (typeof prompt === 'string' || typeof completion === 'string') {
    throw fault(
      'Cannot encode the example: one of prompt and completion is text, the other messages; make them the same',
      options,
    );
  }
  const from = prompt.length;
  if (from === 0) throw fault('Cannot encode the example: the prompt has no messages; give it one', options);
  // Marks say what the assistant writes; a completion is learnt from its generation prompt on.
  const mask = options.mask ?? 'prefix';
  return encodeTurns(tokenizer, [...prompt, ...completion], {
    ...options,
    ...(tools && { tools }),
    mask,
    from,
  });
}

/**
 * Encodes both completions of a preference; they share the prompt's tokens.
 * @throws InputError as {@link encodeCompletion}, or if both completions have the same tokens.
 */
export async function encodePreference(
  tokenizer: Tokenizer,
  example: Preference,
  options: CompletionOptions = {},
): Promise<{ readonly chosen: Encoded; readonly rejected: Encoded }> {
  const { chosen: preferred, rejected: other, ...rest } = example;
  const [chosen, rejected] = await Promise.all([
    encodeCompletion(tokenizer, { ...rest, completion: preferred }, options),
    encodeCompletion(tokenizer, { ...rest, completion: other }, options),
  ]);
  if (chosen.ids.length === rejected.ids.length && chosen.ids.every((id, i) => id === rejected.ids[i])) {
    throw fault(
      'Cannot learn from the pair: chosen and rejected have the same tokens; leave it out',
      options,
    );
  }
  return { chosen, rejected };
}
