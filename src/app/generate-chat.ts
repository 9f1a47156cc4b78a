// A conversation with a model: remembers the turns and drops the oldest when the model cannot see them all.
import { InputError } from '../core/index.ts';
import type { GenerationOptions } from '../models/index.ts';
import type { Message } from '../text/index.ts';
import { streamTexts } from './generate.ts';
import { generationOptions, type SamplingRequest, type TextModel } from './generate-model.ts';

/** What happens while the model answers. */
export type ChatEvent =
  | { readonly type: 'piece'; readonly text: string }
  /** So many of the oldest messages no longer fit and are forgotten. */
  | { readonly type: 'dropped'; readonly messages: number }
  /** The answer was cut: too many tokens, or no room left. */
  | { readonly type: 'cut'; readonly reason: 'length' | 'context' };

/** An answer gets at least this part of the model's longest sequence, or all that it may write. */
const answerShare = 0.25;

export class Conversation {
  readonly #model: TextModel;
  readonly #options: GenerationOptions;
  readonly #seed: number;
  #turn = 0;
  #system: string | undefined;
  #messages: Message[] = [];

  constructor(model: TextModel, request: SamplingRequest & { readonly system?: string } = {}) {
    if (model.usualMode !== 'chat')
      throw new InputError(
        "Cannot chat with this model: its tokenizer has no chat template; put a chat_template.jinja beside tokenizer.json, or use 'hone generate --raw'",
      );
    const { system, ...sampling } = request;
    this.#model = model;
    this.#options = generationOptions(model, sampling);
    this.#seed = sampling.seed ?? 0;
    this.#system = system;
  }

  /** The turns so far, without the system message. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Forgets all turns; the system message stays. */
  reset(): void {
    this.#messages = [];
  }

  /** Gives another system message, or none, and forgets all turns: they were answered under the one before. */
  setSystem(text: string | undefined): void {
    this.#system = text;
    this.reset();
  }

  /**
   * Answers a message. When `signal` aborts, what was written so far counts as the answer.
   * @throws InputError for a message that the model cannot take; the conversation is as before then
   */
  async *ask(text: string, signal?: AbortSignal): AsyncGenerator<ChatEvent, void, undefined> {
    const asked: Message = { role: 'user', content: text };
    const { ids, dropped } = await this.#fit(asked);
    if (dropped > 0) yield { type: 'dropped', messages: dropped };
    this.#messages = [...this.#messages.slice(dropped), asked];
    // Each turn has a seed of its own: the same question twice may be answered in two ways
    const seed = this.#seed + this.#turn++;
    let answer = '';
    try {
      const options = { ...this.#options, seed, ...(signal && { signal }) };
      for await (const { piece, whole } of streamTexts(this.#model, [ids], options)) {
        answer += piece;
        yield { type: 'piece', text: piece };
        if (whole?.finish === 'length' || whole?.finish === 'context')
          yield { type: 'cut', reason: whole.finish };
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    } finally {
      // A question without an answer would make the next prompt one that no template expects
      if (answer === '') this.#messages.pop();
      else this.#messages.push({ role: 'assistant', content: answer });
    }
  }

  /** The prompt's ids, with so many of the oldest messages left out that an answer has room. */
  async #fit(asked: Message): Promise<{ readonly ids: number[]; readonly dropped: number }> {
    const { maxLength } = this.#model;
    const room = Math.min(this.#options.maxNewTokens ?? maxLength, Math.ceil(maxLength * answerShare));
    const system: Message[] = this.#system === undefined ? [] : [{ role: 'system', content: this.#system }];
    for (let dropped = 0; ; dropped += 2) {
      const kept = this.#messages.slice(dropped);
      const ids = await this.#model.encode([...system, ...kept, asked], 'chat');
      if (ids.length <= maxLength - room) return { ids, dropped };
      if (kept.length === 0)
        throw new InputError(
          `Cannot take this message: with the system message it holds ${ids.length} tokens, the model's longest sequence is ` +
            `${maxLength} with the answer; shorten it`,
        );
    }
  }
}
