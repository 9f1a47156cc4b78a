// Texts from prompts, told piece by piece as they are written.
import type { FinishReason, GenerationOptions, TokenEvent } from '../models/index.ts';
import { heldLength } from '../serving/index.ts';
import { TextStream, type Tokenizer } from '../text/index.ts';
import type { TextModel } from './generate-model.ts';

/** One text that is finished. */
export type GeneratedText = {
  readonly text: string;
  readonly finish: FinishReason;
  readonly promptTokens: number;
  /** Tokens written, a stop token not counted. */
  readonly tokens: number;
};

/** The next piece of the text to the prompt of this index; the last one comes with the whole text. */
export type TextEvent = { readonly prompt: number; readonly piece: string; readonly whole?: GeneratedText };

/** Writes one text for each prompt, some of them at a time; pieces of different texts come in turns. */
export async function* streamTexts(
  { generator, tokenizer }: TextModel,
  prompts: readonly (readonly number[])[],
  options: GenerationOptions,
): AsyncGenerator<TextEvent, void, undefined> {
  const stops = options.stop?.strings ?? [];
  const writers = prompts.map((prompt) => new Writer(tokenizer, prompt.length, stops));
  for await (const event of generator.stream(prompts, options)) {
    const written = writers[event.prompt]?.take(event);
    if (written !== undefined && (written.piece !== '' || written.whole !== undefined))
      yield { prompt: event.prompt, ...written };
  }
}

/** Turns the tokens of one text into pieces; what may be the beginning of a stop string is held back. */
class Writer {
  readonly #stream: TextStream;
  readonly #promptTokens: number;
  readonly #stops: readonly string[];
  #tokens = 0;
  #text = '';
  #held = '';

  constructor(tokenizer: Tokenizer, promptTokens: number, stops: readonly string[]) {
    this.#stream = new TextStream(tokenizer);
    this.#promptTokens = promptTokens;
    this.#stops = stops;
  }

  take({ token, finish, stopString }: TokenEvent): {
    readonly piece: string;
    readonly whole?: GeneratedText;
  } {
    const ended = finish === 'stop-token';
    if (!ended) {
      this.#tokens++;
      this.#held += this.#stream.push(token);
    }
    if (finish === undefined) return { piece: this.#release(heldLength(this.#held, this.#stops)) };
    this.#held += this.#stream.flush();
    const cut = stopString === undefined ? -1 : this.#held.indexOf(stopString);
    if (cut >= 0) this.#held = this.#held.slice(0, cut);
    const piece = this.#release(0);
    const whole = { text: this.#text, finish, promptTokens: this.#promptTokens, tokens: this.#tokens };
    return { piece, whole };
  }

  #release(keep: number): string {
    const piece = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(piece.length);
    this.#text += piece;
    return piece;
  }
}
