// One answer's tokens as text that may be told: whole characters, nothing of a stop string, with its tokens.
import { TextStream, type Tokenizer } from '../../text/index.ts';
import { tokenBytes } from '../constraints/index.ts';
import type { ScoredToken, TokenEvent } from '../engine/token-request.ts';
import { StopText } from './stop-text.ts';
import type { ScoredTextToken, TextToken } from './text-event.ts';

/** Clients get no -Infinity, which JSON cannot say. */
const leastLogProb = -9999;

export type AnswerTextOptions = {
  readonly stop: readonly string[];
  /** Ids before the answer, for decoders that treat a text's beginning differently. */
  readonly before: readonly number[];
  /** Special tokens that are told as text, because they mark calls. */
  readonly marks: ReadonlySet<number>;
  /** Tells tokens with their log-probabilities. */
  readonly withTokens: boolean;
};

type Waiting = { readonly token: ScoredTextToken; start: number; end: number };

export class AnswerText {
  readonly #tokenizer: Tokenizer;
  readonly #options: AnswerTextOptions;
  readonly #stream: TextStream;
  readonly #stops: StopText;
  readonly #waiting: Waiting[] = [];
  /** Characters that were decoded, and those that left {@link StopText}. */
  #decoded = 0;
  #released = 0;
  stopped = false;

  constructor(tokenizer: Tokenizer, options: AnswerTextOptions) {
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#stream = new TextStream(tokenizer);
    this.#stops = new StopText(options.stop);
    for (const id of options.before) this.#stream.push(id);
  }

  /** Takes the next token; returns the text that may be told. */
  push(event: TokenEvent): string {
    if (event.finish === 'stop-token') return '';
    if (this.#options.withTokens)
      this.#waiting.push({ token: this.#scored(event), start: this.#decoded, end: Number.POSITIVE_INFINITY });
    const isMark = this.#options.marks.has(event.token);
    const text = isMark
      ? this.#stream.flush() + this.#tokenizer.decode([event.token], { skipSpecialTokens: false })
      : this.#stream.push(event.token);
    return this.#take(text);
  }

  /** What is left at the answer's end. */
  flush(): string {
    if (this.stopped) return '';
    const text = this.#take(this.#stream.flush());
    if (this.stopped) return text;
    const rest = this.#stops.flush();
    this.#released += rest.length;
    return text + rest;
  }

  /** Tokens whose text is told when all is told but the last `held` characters. */
  takeTokens(held: number): ScoredTextToken[] {
    const told = this.#released - held;
    const count = this.#waiting.findIndex(({ start, end }) => (this.stopped ? start >= told : end > told));
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count).map(({ token }) => token);
  }

  /** Tokens that were not told, at the answer's end; behind a stop string's beginning there are none. */
  takeRest(): ScoredTextToken[] {
    return this.stopped ? this.takeTokens(0) : this.#waiting.splice(0).map(({ token }) => token);
  }

  #take(text: string): string {
    if (text === '') return '';
    this.#decoded += text.length;
    for (const waiting of this.#waiting)
      if (waiting.end === Number.POSITIVE_INFINITY) waiting.end = this.#decoded;
    const released = this.#stops.push(text);
    this.#released += released.text.length;
    this.stopped = released.stopped;
    return released.text;
  }

  #scored({ token, logProb, alternatives }: TokenEvent): ScoredTextToken {
    return {
      ...this.#textToken({ token, logProb }),
      alternatives: alternatives.map((each) => this.#textToken(each)),
    };
  }

  #textToken({ token, logProb }: ScoredToken): TextToken {
    const bytes = tokenBytes(this.#tokenizer)(token);
    const text =
      bytes === undefined
        ? this.#tokenizer.decode([token], { skipSpecialTokens: false })
        : new TextDecoder().decode(bytes);
    return {
      token: text,
      bytes: [...(bytes ?? new TextEncoder().encode(text))],
      logProb: Math.max(leastLogProb, logProb),
    };
  }
}
