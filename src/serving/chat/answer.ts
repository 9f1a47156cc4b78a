// One answer: from its tokens to its events.
import { randomInt } from 'node:crypto';
import { ResourceError } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { Sampling } from '../engine/token-request.ts';
import { AnswerText } from './answer-text.ts';
import type { Prepared } from './prepare.ts';
import type { TextEvent, TextFinish } from './text-event.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest } from './text-request.ts';
import { ToolParser, type ToolPiece } from './tool-parser.ts';

/** What an answer has cost: filled in while it is written. */
export type AnswerCost = { cachedTokens: number; newTokens: number };

export type AnswerSource = {
  readonly model: TextModel;
  readonly request: TextRequest;
  readonly prepared: Prepared;
  readonly cost: AnswerCost;
  readonly choice: number;
  readonly seed: number;
};

/** Ids before the answer that a decoder may need to see. */
const contextTokens = 8;

/** @throws ResourceError where the vocabulary lacks what a constraint needs */
export async function* streamAnswer(source: AnswerSource): AsyncGenerator<TextEvent, void, undefined> {
  const { model, request, prepared, cost, choice } = source;
  const text = answerText(model.tokenizer, request, prepared);
  const events = new AnswerEvents(text, prepared, { choice, withTokens: request.alternatives !== undefined });
  // The engine writes ahead of its reader, so that each has a constraint of its own
  const follower = prepared.constrain?.();
  const constraint = prepared.constrain?.();
  const tokens = model.generate({
    prompt: prepared.prompt,
    maxNewTokens: prepared.maxNewTokens,
    stopTokens: model.stopTokens,
    sampling: samplingOf(model, request, source.seed),
    alternatives: request.alternatives ?? 0,
    ...(request.adapter && { adapter: request.adapter }),
    ...(constraint && { constraint }),
    ...(request.signal && { signal: request.signal }),
  });
  let reason: TextFinish = 'length';
  for await (const event of tokens) {
    cost.newTokens++;
    if (follower?.accept(event.token) === false) throw lacking(model.tokenizer, event.token);
    yield* events.push(text.push(event));
    if (event.finish === 'stop-token' || text.stopped || follower?.isComplete) reason = 'stop';
    if (reason === 'stop') break;
  }
  cost.cachedTokens += tokens.usage.cachedTokens;
  yield* events.finish(reason);
}

function lacking(tokenizer: Tokenizer, token: number): ResourceError {
  return new ResourceError(
    "Cannot hold the answer to its form: the model's vocabulary has no token to go on with " +
      `(it wrote ${JSON.stringify(tokenizer.idToToken(token))}); ask for another form`,
  );
}

function answerText(tokenizer: Tokenizer, request: TextRequest, { prompt, tools }: Prepared): AnswerText {
  const marks = [tools?.syntax.open, tools?.syntax.close, ...(tools ? ['<|python_tag|>'] : [])]
    .map((mark) => (mark ? tokenizer.tokenToId(mark) : null))
    .filter((id) => id !== null);
  return new AnswerText(tokenizer, {
    stop: request.stop ?? [],
    // After the header of a chat answer, its text begins anew
    before: 'messages' in request.prompt ? [] : prompt.slice(-contextTokens),
    marks: new Set(marks.filter((id) => tokenizer.isSpecial(id))),
    withTokens: request.alternatives !== undefined,
  });
}

function samplingOf(model: TextModel, { sampling }: TextRequest, seed: number): Sampling {
  return {
    temperature: 1,
    topP: 1,
    topK: Number.POSITIVE_INFINITY,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: new Map(),
    ...model.recommended,
    ...sampling,
    seed,
  };
}

/** Turns text into events of one answer, with calls taken out of it. */
class AnswerEvents {
  readonly #text: AnswerText;
  readonly #parser: ToolParser | undefined;
  readonly #idOf: () => string;
  readonly #choice: number;
  readonly #withTokens: boolean;
  #calls = 0;

  constructor(
    text: AnswerText,
    { tools }: Prepared,
    { choice, withTokens }: { readonly choice: number; readonly withTokens: boolean },
  ) {
    this.#text = text;
    this.#parser = tools && new ToolParser(tools.syntax, tools.names);
    // Mistral's templates take ids of nine letters and digits only
    this.#idOf = () => (tools?.syntax.kind === 'mistral' ? randomLetters(9) : `call_${randomLetters(24)}`);
    this.#choice = choice;
    this.#withTokens = withTokens;
  }

  *push(text: string): Generator<TextEvent> {
    if (text !== '') yield* this.#events(this.#pieces(text));
  }

  *finish(reason: TextFinish): Generator<TextEvent> {
    const rest = this.#text.flush();
    const pieces = [...(rest === '' ? [] : this.#pieces(rest)), ...(this.#parser?.flush() ?? [])];
    yield* this.#events(pieces);
    const tokens = this.#withTokens && this.#calls === 0 ? this.#text.takeRest() : [];
    if (tokens.length > 0) yield { type: 'text', choice: this.#choice, text: '', tokens };
    const isCall = reason === 'stop' && this.#calls > 0;
    yield { type: 'finish', choice: this.#choice, reason: isCall ? 'tool_calls' : reason };
  }

  #pieces(text: string): readonly ToolPiece[] {
    return this.#parser?.push(text) ?? [{ type: 'text', text }];
  }

  *#events(pieces: readonly ToolPiece[]): Generator<TextEvent> {
    const choice = this.#choice;
    // Tokens of calls are taken as well, and not told
    const tokens =
      this.#withTokens && pieces.length > 0 ? this.#text.takeTokens(this.#parser?.held ?? 0) : [];
    const last = pieces.findLastIndex(({ type }) => type === 'text');
    for (const [i, piece] of pieces.entries()) {
      if (piece.type === 'text')
        yield { type: 'text', choice, text: piece.text, tokens: i === last ? tokens : [] };
      else if (piece.type === 'call')
        yield { type: 'tool-call', choice, call: this.#calls++, id: this.#idOf(), name: piece.name };
      else yield { type: 'tool-arguments', choice, call: this.#calls - 1, text: piece.text };
    }
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => letters[randomInt(letters.length)]).join('');
}
