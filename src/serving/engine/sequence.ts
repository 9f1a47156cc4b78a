// One text under way: its prompt, what has been written, and the choice of what comes next.
import { InputError, Random } from '../../core/index.ts';
import {
  checkPrompts,
  chooseToken,
  type GenerationSettings,
  generationSettings,
} from '../../models/index.ts';
import type { Piece, SlotRunner } from './slot-runner.ts';
import type { TokenEvent, TokenRequest, TokenUsage } from './token-request.ts';
import { TokenBuffer } from './token-stream.ts';

/** Moments of a text, in milliseconds of the engine's clock. */
export type SequenceTimes = { readonly arrived: number; started?: number; firstToken?: number };

export class Sequence {
  readonly request: TokenRequest;
  readonly stream: TokenBuffer;
  readonly times: SequenceTimes;
  /** The slot that it runs in; undefined while it waits. */
  slot: number | undefined;
  /** Tokens whose keys and values lie in the slot. */
  taken = 0;
  /** Of the prompt's tokens, so many needed not be run. */
  cached = 0;
  ended = false;
  readonly #settings: GenerationSettings;
  readonly #tokens: number[];
  readonly #generated: number[] = [];
  readonly #random: Random;
  readonly #capacity: number;
  #onAbort: (() => void) | undefined;

  /** @throws InputError for a request that the model cannot take or that makes no sense */
  constructor(
    request: TokenRequest,
    runner: Pick<SlotRunner, 'capacity' | 'vocabSize'>,
    { now, onLeave }: { readonly now: number; readonly onLeave: (sequence: Sequence) => void },
  ) {
    this.#settings = checkedSettings(request, runner);
    this.request = request;
    this.#tokens = [...request.prompt];
    this.#random = new Random(this.#settings.seed, 0);
    this.#capacity = runner.capacity;
    this.times = { arrived: now };
    this.stream = new TokenBuffer({ usage: () => this.usage, onLeave: () => onLeave(this) });
  }

  get usage(): TokenUsage {
    return {
      promptTokens: this.request.prompt.length,
      cachedTokens: this.cached,
      newTokens: this.#generated.length,
    };
  }

  /** Tokens that have to be run before the next one can be chosen. */
  get ahead(): number {
    return this.#tokens.length - this.taken;
  }

  /** Whether a token has been chosen: from then on one token is ahead at a time. */
  get decoding(): boolean {
    return this.#generated.length > 0;
  }

  /** The tokens whose keys and values lie in the slot. */
  get takenTokens(): readonly number[] {
    return this.#tokens.slice(0, this.taken);
  }

  /** Calls back when the caller's signal aborts. */
  watch(onAbort: () => void): void {
    this.#onAbort = onAbort;
    this.request.signal?.addEventListener('abort', onAbort, { once: true });
  }

  unwatch(): void {
    if (this.#onAbort !== undefined) this.request.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The next `count` tokens that are ahead. */
  piece(count: number): Piece {
    const { adapter } = this.request;
    const tokens = this.#tokens.slice(this.taken, this.taken + count);
    const place = { slot: this.slot as number, start: this.taken, tokens };
    return adapter === undefined ? place : { ...place, adapter };
  }

  /** Chooses the next token by its scores. */
  choose(logits: Float32Array): TokenEvent {
    const { constraint, sampling, prompt, stopTokens } = this.request;
    const choice = chooseToken(
      logits,
      { ...this.#settings, logitBias: sampling.logitBias },
      {
        history: { prompt, generated: this.#generated },
        random: this.#random,
        mask: constraint && ((scores) => constraint.mask(scores)),
      },
    );
    this.#generated.push(choice.token);
    this.#tokens.push(choice.token);
    constraint?.accept(choice.token);
    if (stopTokens.has(choice.token)) return { ...choice, finish: 'stop-token' };
    if (this.#generated.length >= this.request.maxNewTokens) return { ...choice, finish: 'length' };
    if (this.#tokens.length >= this.#capacity) return { ...choice, finish: 'context' };
    return choice;
  }
}

function checkedSettings(
  request: TokenRequest,
  { capacity, vocabSize }: Pick<SlotRunner, 'capacity' | 'vocabSize'>,
): GenerationSettings {
  checkPrompts({ maxLength: capacity, vocabSize }, [request.prompt]);
  const { logitBias, topK, ...sampling } = request.sampling;
  for (const [token, bias] of logitBias) {
    if (!Number.isInteger(token) || token < 0 || token >= vocabSize || !Number.isFinite(bias))
      throw new InputError(
        `Cannot generate: a bias of ${bias} for token ${token}; biases are numbers for tokens from 0 to ${vocabSize - 1}`,
      );
  }
  return generationSettings({
    ...sampling,
    ...(topK < vocabSize && { topK }),
    maxNewTokens: request.maxNewTokens,
    alternatives: request.alternatives,
  });
}
