// Generates text, as token ids, from prompts: a few rows at a time, each leaving when it is done.
import { Random } from '../../core/index.ts';
import { type Dim, type HostTensors, Session, type SessionOptions } from '../../engine/index.ts';
import type { CausalModel, Weights } from '../model.ts';
import { GraphWeights } from '../weights.ts';
import { Decoder, type StepSessions } from './decoder.ts';
import {
  checkPrompts,
  type GenerationOptions,
  type GenerationSettings,
  generationSettings,
} from './options.ts';
import { type Choice, chooseToken, type ScoredToken } from './sampling.ts';
import { stepGraph } from './step-graph.ts';
import { completedStop } from './stop-strings.ts';

/** Why a text ended: a stop token, a stop string, `maxNewTokens`, or the model's longest sequence. */
export type FinishReason = 'stop-token' | 'stop-string' | 'length' | 'context';

/** One token of one text. */
export type TokenEvent = ScoredToken & {
  /** Index of the prompt. */
  readonly prompt: number;
  /** The likeliest tokens, as many as `alternatives` asked for. */
  readonly alternatives: readonly ScoredToken[];
  /** On a text's last token. */
  readonly finish?: FinishReason;
  /** The stop string that was found; the text before it is what was meant. */
  readonly stopString?: string;
};

/** One whole text. */
export type Completion = {
  /** All tokens, a stop token that ended it left out. */
  readonly tokens: readonly number[];
  /** Log-probability of each token under the model as it is. */
  readonly logProbs: readonly number[];
  /** By token, when `alternatives` asked for them. */
  readonly alternatives: readonly (readonly ScoredToken[])[];
  readonly finish: FinishReason;
  readonly stopString?: string;
};

/** How a {@link Generator} is made. */
export type GeneratorOptions = {
  readonly session?: SessionOptions;
  /** Puts adapters on the model; their parameters stand among the others. */
  readonly adapt?: (weights: Weights) => Weights;
};

type Row = {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly generated: number[];
  readonly random: Random;
  logits: Float32Array;
};

/**
 * Generates from a model and its parameters. These are read at each step where they lie: changed in place, as training
 * does, they count from the next step on. Calls may overlap; each has a cache of its own.
 */
export class Generator implements AsyncDisposable {
  readonly model: CausalModel;
  readonly #parameters: HostTensors;
  readonly #options: GeneratorOptions;
  /** By the positions that their tables hold. */
  readonly #sessions = new Map<number, Promise<OwnedSessions>>();

  /** @param parameters by checkpoint name, float32 */
  constructor(model: CausalModel, parameters: HostTensors, options: GeneratorOptions = {}) {
    this.model = model;
    this.#parameters = parameters;
    this.#options = options;
  }

  /** Generates one text for each prompt. @see Generator.stream */
  async generate(
    prompts: readonly (readonly number[])[],
    options: GenerationOptions = {},
  ): Promise<Completion[]> {
    const events: TokenEvent[][] = prompts.map(() => []);
    for await (const event of this.stream(prompts, options)) events[event.prompt]?.push(event);
    return events.map(completionOf);
  }

  /**
   * Generates one text for each prompt and tells each token as it comes; texts that run together take turns.
   * A text is the same whichever others run with it, up to rounding in the seventh digit of the scores.
   * @throws InputError for options that make no sense, an empty prompt, one that fills the model's context, an unknown id
   */
  async *stream(
    prompts: readonly (readonly number[])[],
    options: GenerationOptions = {},
  ): AsyncGenerator<TokenEvent, void, undefined> {
    const settings = generationSettings(options);
    checkPrompts(this.model, prompts);
    const waiting = prompts.map((prompt, index) => ({ prompt, index }));
    // Where positions depend on the length of the sequence, each text needs tables of its own.
    const groups = this.model.lengthDependent ? waiting.map((each) => [each]) : [waiting];
    for (const group of groups) {
      if (group.length > 0) yield* this.#streamGroup(group, settings);
    }
  }

  /** Gives the sessions' memory back. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const each of sessions) await (await each)[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#streamGroup(
    group: readonly { prompt: readonly number[]; index: number }[],
    settings: GenerationSettings,
  ): AsyncGenerator<TokenEvent, void, undefined> {
    const { model } = this;
    const longest = Math.max(...group.map(({ prompt }) => prompt.length)) + settings.maxNewTokens;
    const length = Math.min(model.maxLength, longest);
    // A graph for one length only is not kept: there may be as many as there are texts.
    await using own = model.lengthDependent ? await this.#create(length) : undefined;
    const sessions = own ?? (await this.#shared(tableSize(length, model.maxLength)));
    const decoder = new Decoder({ model, sessions, parameters: this.#parameters });
    const waiting = group.map((each) => newRow(each, settings)).reverse();
    const rows: Row[] = [];
    while (waiting.length > 0 || rows.length > 0) {
      settings.signal?.throwIfAborted();
      await admit(decoder, rows, { waiting, most: settings.maxBatch });
      const ended: number[] = [];
      for (const [i, row] of rows.entries()) {
        const event = nextEvent(model, row, settings);
        yield event;
        if (event.finish !== undefined) ended.push(i);
      }
      for (const i of ended.reverse()) removeRow(decoder, rows, i);
      settings.signal?.throwIfAborted();
      if (rows.length === 0) continue;
      const logits = await decoder.step(rows.map((row) => row.generated.at(-1) as number));
      rows.forEach((row, i) => {
        row.logits = logits[i] as Float32Array;
      });
    }
  }

  #shared(positions: number): Promise<OwnedSessions> {
    const known = this.#sessions.get(positions);
    if (known !== undefined) return known;
    const sessions = this.#create(positions);
    this.#sessions.set(positions, sessions);
    sessions.catch(() => this.#sessions.delete(positions));
    return sessions;
  }

  async #create(maxPositions: number): Promise<OwnedSessions> {
    const build = (length: Dim) => {
      const plain = new GraphWeights(this.model.parameters);
      const weights = this.#options.adapt?.(plain) ?? plain;
      const graph = stepGraph(this.model, weights, { length, maxPositions });
      return Session.create(graph, this.#options.session);
    };
    const [many, single] = [await build('length'), await build(1)];
    const dispose = async () => {
      await many.close();
      await single.close();
    };
    return { many, single, [Symbol.asyncDispose]: dispose };
  }
}

type OwnedSessions = StepSessions & AsyncDisposable;

/** A power of two from 1,024, so that few graphs serve all lengths. */
function tableSize(length: number, most: number): number {
  return Math.min(most, Math.max(1024, 2 ** Math.ceil(Math.log2(length))));
}

function newRow(
  { prompt, index }: { prompt: readonly number[]; index: number },
  settings: GenerationSettings,
): Row {
  const random = new Random(settings.seed, index);
  return { index, prompt, generated: [], random, logits: new Float32Array(0) };
}

/** Fills free places with waiting rows, which come from the end. */
async function admit(
  decoder: Decoder,
  rows: Row[],
  { waiting, most }: { waiting: Row[]; most: number },
): Promise<void> {
  const free = Math.min(most - rows.length, waiting.length);
  if (free <= 0) return;
  const fresh = waiting.splice(-free).sort((a, b) => b.prompt.length - a.prompt.length);
  const logits = await decoder.add(fresh.map((row) => row.prompt));
  fresh.forEach((row, i) => {
    row.logits = logits[i] as Float32Array;
  });
  rows.push(...fresh);
}

/** The last row takes the removed one's place, as in the decoder. */
function removeRow(decoder: Decoder, rows: Row[], i: number): void {
  decoder.remove(i);
  rows[i] = rows.at(-1) as Row;
  rows.pop();
}

function nextEvent(model: CausalModel, row: Row, settings: GenerationSettings): TokenEvent {
  const choice: Choice = chooseToken(row.logits, settings, { history: row, random: row.random });
  row.generated.push(choice.token);
  const event = { ...choice, prompt: row.index };
  if (settings.stopTokens.has(choice.token)) return { ...event, finish: 'stop-token' };
  const stopString = settings.stop && completedStop(settings.stop, row.generated);
  if (stopString !== undefined) return { ...event, finish: 'stop-string', stopString };
  if (row.generated.length >= settings.maxNewTokens) return { ...event, finish: 'length' };
  if (row.prompt.length + row.generated.length >= model.maxLength) return { ...event, finish: 'context' };
  return event;
}

function completionOf(events: readonly TokenEvent[]): Completion {
  const { finish, stopString } = events.at(-1) as TokenEvent;
  const said = finish === 'stop-token' ? events.slice(0, -1) : events;
  return {
    tokens: said.map((event) => event.token),
    logProbs: said.map((event) => event.logProb),
    alternatives: said.map((event) => event.alternatives),
    finish: finish as FinishReason,
    ...(stopString === undefined ? {} : { stopString }),
  };
}
