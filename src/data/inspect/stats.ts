// Figures about data files: how many rows of what kind, how long, who speaks.
import type { Encoded, Tokenizer } from '../../text/index.ts';
import { type EncodeExampleOptions, encodeExamples } from '../encode.ts';
import type { Example, Purpose, Turn } from '../example.ts';
import type { ColumnMapping, FormatName } from '../formats/index.ts';
import { readExamples } from '../load.ts';
import { Distribution, type Summary } from './distribution.ts';

/** Options of {@link dataStats}. */
export type StatsOptions = {
  readonly purpose?: Purpose;
  readonly columns?: ColumnMapping;
  readonly format?: FormatName;
  /** With it, lengths are told in tokens too. */
  readonly tokenizer?: Tokenizer;
  readonly encode?: EncodeExampleOptions;
};

/** Figures of {@link dataStats}; the members of `characters` and `tokens` are the parts of an example. */
export type DataStats = {
  readonly format?: FormatName;
  readonly columns?: string;
  readonly rows: number;
  readonly examples: number;
  /** Rows that could not be used; `checkData` says why. */
  readonly faults: number;
  readonly kinds: Readonly<Partial<Record<Example['kind'], number>>>;
  /** Messages by role. */
  readonly roles: Readonly<Record<string, number>>;
  /** Messages per conversation; empty for plain text. */
  readonly turns: Summary;
  /** Share of liked answers, for unpaired data. */
  readonly liked?: number;
  readonly characters: Readonly<Record<string, Summary>>;
  readonly tokens?: Readonly<Record<string, Summary>>;
  /** Targets of the loss in one pass, both sides of pairs counted. */
  readonly trainedTokens?: number;
};

/** Reads the files to their end, by stream. Throws only where the paths name nothing. */
export async function dataStats(
  paths: string | readonly string[],
  options: StatsOptions = {},
): Promise<DataStats> {
  const { tokenizer, encode, ...reading } = options;
  const tally = new Tally();
  const examples = tally.watch(
    readExamples(paths, {
      ...reading,
      onRow: () => tally.rows++,
      onFault: () => tally.faults++,
      onFormat: ({ name, columns }) => {
        tally.format = { format: name, columns };
      },
    }),
  );
  if (tokenizer === undefined) for await (const _ of examples);
  else {
    for await (const { encoded } of encodeExamples(tokenizer, examples, encode)) {
      if (encoded === undefined) tally.faults++;
      else if (encoded.kind === 'sequence') tally.encoded('sequence', encoded.sequence);
      else {
        tally.encoded('chosen', encoded.chosen);
        tally.encoded('rejected', encoded.rejected);
      }
    }
  }
  return tally.result(tokenizer !== undefined);
}

class Tally {
  rows = 0;
  faults = 0;
  format: { readonly format?: FormatName; readonly columns?: string } = {};
  #examples = 0;
  #liked = 0;
  #trainedTokens = 0;
  readonly #kinds = new Map<Example['kind'], number>();
  readonly #roles = new Map<string, number>();
  readonly #turns = new Distribution();
  readonly #characters = new Map<string, Distribution>();
  readonly #tokens = new Map<string, Distribution>();

  async *watch(examples: AsyncIterable<Example>): AsyncGenerator<Example> {
    for await (const example of examples) {
      this.#add(example);
      yield example;
    }
  }

  encoded(part: string, { ids, trained, promptLength }: Encoded): void {
    const targets = trained.reduce((sum, flag) => sum + (flag ? 1 : 0), 0);
    this.#trainedTokens += targets;
    distribution(this.#tokens, part).add(ids.length);
    distribution(this.#tokens, `${part} trained`).add(targets);
    // Both sides of a pair share their prompt.
    if (part !== 'rejected') distribution(this.#tokens, 'prompt').add(promptLength);
  }

  result(withTokens: boolean): DataStats {
    const unpaired = this.#kinds.get('unpaired') ?? 0;
    return {
      ...this.format,
      rows: this.rows,
      examples: this.#examples,
      faults: this.faults,
      kinds: Object.fromEntries(this.#kinds),
      roles: Object.fromEntries(this.#roles),
      turns: this.#turns.summary(),
      ...(unpaired > 0 && { liked: this.#liked / unpaired }),
      characters: summaries(this.#characters),
      ...(withTokens && { tokens: summaries(this.#tokens), trainedTokens: this.#trainedTokens }),
    };
  }

  #add(example: Example): void {
    this.#examples++;
    count(this.#kinds, example.kind);
    if (example.kind === 'unpaired' && example.label) this.#liked++;
    const parts = partsOf(example);
    for (const [part, turn] of Object.entries(parts)) {
      distribution(this.#characters, part).add(lengthOf(turn));
      if (typeof turn !== 'string') for (const { role } of turn) count(this.#roles, role);
    }
    const messages = Object.entries(parts).filter(([part]) => part !== 'rejected');
    const turns = messages.reduce((sum, [, turn]) => sum + (typeof turn === 'string' ? 0 : turn.length), 0);
    if (turns > 0) this.#turns.add(turns);
  }
}

function partsOf(example: Example): Readonly<Record<string, Turn>> {
  switch (example.kind) {
    case 'text':
      return { text: example.text };
    case 'chat':
      return { conversation: example.messages };
    case 'preference':
      return { prompt: example.prompt, chosen: example.chosen, rejected: example.rejected };
    default:
      return { prompt: example.prompt, completion: example.completion };
  }
}

function lengthOf(turn: Turn): number {
  if (typeof turn === 'string') return turn.length;
  return turn.reduce((sum, message) => sum + (message.content ?? '').length, 0);
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function distribution(distributions: Map<string, Distribution>, name: string): Distribution {
  const known = distributions.get(name) ?? new Distribution();
  distributions.set(name, known);
  return known;
}

function summaries(distributions: ReadonlyMap<string, Distribution>): Record<string, Summary> {
  return Object.fromEntries([...distributions].map(([name, values]) => [name, values.summary()]));
}
