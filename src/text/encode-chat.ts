// Encodes conversations with their loss masks, and checks that training and use will see the same prompt.
import { hasGenerationMarks, type RenderOptions, renderChat, renderMarked } from './chat/chat-template.ts';
import { checkEncoded, type Encoded, requirePrefix } from './encoded.ts';
import { requireEnding } from './ending.ts';
import { fault, locateAsync } from './locations.ts';
import type { Message } from './message.ts';
import type { Tokenizer, Tokens } from './tokenizer.ts';

/** How a conversation is encoded. */
export type ChatOptions = Omit<RenderOptions, 'addGenerationPrompt'> & {
  /** Which messages are learnt: those of the assistant, the last of these, or every token. Default: assistant. */
  readonly trainOn?: 'assistant' | 'last' | 'all';
  /**
   * How the assistant's tokens are found: `generation` by the template's `{% generation %}` marks, `prefix` by comparing
   * the conversation with its beginnings, `auto` by marks if the template has them. Default: auto.
   */
  readonly mask?: 'auto' | 'generation' | 'prefix';
  /**
   * `require` refuses an answer that the template does not end with a special token, since the model would never stop;
   * `append` adds EOS after the last answer where it is missing; `none` takes it as it is. Default: require.
   */
  readonly eos?: 'require' | 'append' | 'none';
};

type Span = readonly [start: number, end: number];

const prefixRemedy =
  'use a chat template that writes the prompt the same way with and without its answer' +
  " (trainOn: 'last' trains only the last answer)";

/**
 * Encodes a conversation; assistant messages with `weight: 0` are not trained. What the template prints after the end of
 * an answer, such as a line break, is trained with it, as TRL does.
 * @throws InputError if no message is trained, the template renders a prompt differently once its answer follows, or an
 * answer has no end token.
 */
export function encodeChat(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: ChatOptions = {},
): Promise<Encoded> {
  return encodeTurns(tokenizer, messages, { ...options, from: 0 });
}

/** {@link encodeChat} in which only messages from index `from` on are trained; what stands before is the prompt. */
export function encodeTurns(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: ChatOptions & { readonly from: number },
): Promise<Encoded> {
  return locateAsync(options, async () => {
    const turns = trainedTurns(messages, options);
    const byMarks = useMarks(tokenizer, options);
    const { text, generated } = renderMarked(tokenizer, messages, options);
    const starts = new Set([...(options.from > 0 ? [options.from] : []), ...(byMarks ? [] : turns)]);
    const withOffsets = byMarks || turns.some((turn) => turn < messages.length - 1);
    // Started together, so that they are encoded side by side.
    const [whole, prompts] = await Promise.all([
      encodeWhole(tokenizer, text, withOffsets),
      Promise.all([...starts].map((start) => promptBefore(tokenizer, messages, start, options))),
    ]);
    for (const ids of prompts) requirePrefix(tokenizer, ids, whole.ids, prefixRemedy);
    const lengths = new Map([...starts].map((start, i) => [start, prompts[i]?.length ?? 0]));
    const ranges = byMarks
      ? spansByMarks(messages, turns, generated, options).map((span) => tokenRange(text, whole, span))
      : turns.map((turn): Span => {
          const end = answerEnd(tokenizer, messages, { text, turn, options });
          return [lengths.get(turn) ?? 0, end === text.length ? whole.ids.length : firstFrom(whole, end)];
        });
    return assemble(tokenizer, { whole, ranges, prompt: lengths.get(options.from) ?? 0 }, options);
  });
}

async function encodeWhole(tokenizer: Tokenizer, text: string, withOffsets: boolean): Promise<Tokens> {
  if (withOffsets) return tokenizer.encode(text, rendered);
  return { ids: await tokenizer.encodeIds(text, rendered), offsets: [] };
}

/** Index of the first token that starts at or after `place` in the text. */
function firstFrom(whole: Tokens, place: number): number {
  const index = whole.offsets.findIndex(([start]) => start >= place);
  return index < 0 ? whole.ids.length : index;
}

const rendered = { addSpecialTokens: false, allowSpecialText: true };

/** Indices of the assistant messages to train. */
function trainedTurns(
  messages: readonly Message[],
  options: ChatOptions & { readonly from: number },
): number[] {
  const answers = messages.flatMap((message, i) =>
    message.role === 'assistant' && i >= options.from ? [i] : [],
  );
  const wanted = options.trainOn === 'last' ? answers.slice(-1) : answers;
  const turns = wanted.filter((i) => messages[i]?.weight !== 0);
  if (turns.length === 0) {
    const why =
      answers.length === 0 ? 'there is no assistant message' : 'every assistant message has weight 0';
    throw fault(`Cannot train on the conversation: ${why}; add an answer or leave it out`, options);
  }
  for (const i of turns) {
    const message = messages[i];
    if (message?.content || (message?.tool_calls?.length ?? 0) > 0) continue;
    throw fault(
      `Cannot train on message ${i + 1} (assistant): it is empty; give it content, or weight 0 to leave it untrained`,
      options,
    );
  }
  return turns;
}

/** Ids of what the model sees before it writes the message at index `count`. */
function promptBefore(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  count: number,
  options: ChatOptions,
): Promise<number[]> {
  const given = messages.slice(0, count);
  return tokenizer.encodeIds(
    renderChat(tokenizer, given, { ...options, addGenerationPrompt: true }),
    rendered,
  );
}

function useMarks(tokenizer: Tokenizer, options: ChatOptions): boolean {
  const present = hasGenerationMarks(tokenizer, options);
  if (options.mask === 'generation' && !present) {
    throw fault(
      "Cannot find the assistant's tokens: the chat template has no {% generation %} marks; add them, or set mask: 'prefix'",
      options,
    );
  }
  return present && options.mask !== 'prefix';
}

/** The marked span of every trained message. */
function spansByMarks(
  messages: readonly Message[],
  turns: readonly number[],
  generated: readonly Span[],
  options: ChatOptions,
): Span[] {
  const answers = messages.flatMap((message, i) => (message.role === 'assistant' ? [i] : []));
  if (generated.length !== answers.length) {
    throw fault(
      `Cannot find the assistant's tokens: the chat template marks ${generated.length} spans for ${answers.length} ` +
        "assistant messages; correct its {% generation %} marks, or set mask: 'prefix'",
      options,
    );
  }
  return generated.filter((_, i) => turns.includes(answers[i] ?? -1));
}

/** Where an assistant message ends in the text of the whole conversation. */
function answerEnd(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  given: { readonly text: string; readonly turn: number; readonly options: ChatOptions },
): number {
  const { text, turn, options } = given;
  if (turn === messages.length - 1) return text.length;
  const begun = renderChat(tokenizer, messages.slice(0, turn + 1), options);
  if (text.startsWith(begun)) return begun.length;
  throw fault(
    `Cannot find the end of message ${turn + 1} (assistant): the chat template writes it differently once more messages ` +
      `follow; ${prefixRemedy}`,
    options,
  );
}

/** The tokens of a span of text. A token that begins before the span holds text that the model does not write. */
function tokenRange(text: string, whole: Tokens, [start, end]: Span): Span {
  const first = whole.offsets.findIndex((offset) => offset[1] > start);
  const begin = first < 0 ? whole.ids.length : first;
  const [tokenStart = start, tokenEnd] = whole.offsets[begin] ?? [];
  if (tokenStart >= start) return [begin, firstFrom(whole, end)];
  const token = JSON.stringify(text.slice(tokenStart, tokenEnd));
  throw fault(
    `Cannot train on the conversation: the token ${token} holds both the prompt's end and the answer's start; remove ` +
      'white space from the start of the answer',
    {},
  );
}

function assemble(
  tokenizer: Tokenizer,
  given: { readonly whole: Tokens; readonly ranges: readonly Span[]; readonly prompt: number },
  options: ChatOptions,
): Encoded {
  const ids = [...given.whole.ids];
  const trained = ids.map(() => false);
  for (const [first, after] of given.ranges) trained.fill(true, first, after);
  if (options.trainOn === 'all') trained.fill(true, given.prompt);
  requireEnding(tokenizer, { ids, trained, ranges: given.ranges }, options);
  const firstAnswer = options.trainOn === 'all' ? 0 : (given.ranges[0]?.[0] ?? 0);
  return checkEncoded(tokenizer, {
    ids,
    trained,
    promptLength: given.prompt > 0 ? given.prompt : firstAnswer,
  });
}
