// Checks data files row by row: every bad row with its line, the reason and the remedy.
import type { InputError } from '../../core/index.ts';
import type { Message, Tokenizer } from '../../text/index.ts';
import { type EncodeExampleOptions, type EncodeResult, encodeExamples } from '../encode.ts';
import type { Example, Origin, Purpose, Turn } from '../example.ts';
import { describePlace, faultAt, RowFault } from '../fault.ts';
import { FaultLog, type FaultSummary } from '../fault-log.ts';
import {
  type ColumnMapping,
  type DetectedFormat,
  type FormatName,
  ignoredColumns,
} from '../formats/index.ts';
import { readExamples } from '../load.ts';
import type { Row } from '../sources/index.ts';
import { SeenRows } from './seen-rows.ts';

/** Options of {@link checkData}. */
export type CheckOptions = {
  readonly purpose?: Purpose;
  readonly columns?: ColumnMapping;
  readonly format?: FormatName;
  /** With it, each example is encoded as for training: special-token text and prompt boundaries are checked. */
  readonly tokenizer?: Tokenizer;
  /** Tokens of the context: a prompt that fills it is a fault, an answer that is cut a warning. Needs the tokenizer. */
  readonly maxLength?: number;
  /** How examples are encoded. */
  readonly encode?: EncodeExampleOptions;
  /** Faults, and warnings, that are listed; all are counted. @default 100 */
  readonly maxFaults?: number;
};

/** What {@link checkData} found. */
export type DataCheck = {
  /** No fault; there may be warnings. */
  readonly ok: boolean;
  /** The first file's; absent where no row shows a known format. */
  readonly format?: FormatName;
  /** The format's columns, as text. */
  readonly columns?: string;
  /** Rows that could be read, sound or not. */
  readonly rows: number;
  /** Examples that sound rows gave. */
  readonly examples: number;
  /** What makes the data unusable. */
  readonly faults: FaultSummary;
  /** What a user should know: duplicates, ignored columns, cut answers, two messages of one role in turn. */
  readonly warnings: FaultSummary;
};

/** Reads the files to their end, by stream, and never stops at a fault. Throws only where the paths name nothing. */
export async function checkData(
  paths: string | readonly string[],
  options: CheckOptions = {},
): Promise<DataCheck> {
  const check = new Check(options);
  const { purpose, columns, format, tokenizer, encode } = options;
  const examples = check.watch(
    readExamples(paths, {
      ...(purpose === undefined ? {} : { purpose }),
      ...(columns === undefined ? {} : { columns }),
      ...(format === undefined ? {} : { format }),
      onFault: (fault) => check.faults.add(fault),
      onRow: (row) => check.row(row),
      onFormat: (detected) => check.format(detected),
    }),
  );
  if (tokenizer === undefined) for await (const _ of examples);
  else for await (const result of encodeExamples(tokenizer, examples, encode)) check.encoded(result);
  return check.result();
}

class Check {
  readonly faults: FaultLog;
  readonly #warnings: FaultLog;
  readonly #options: CheckOptions;
  readonly #seen = new SeenRows();
  readonly #ignored = new Map<string, Origin>();
  #detected: DetectedFormat | undefined;
  #rows = 0;
  #examples = 0;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.faults = new FaultLog(options.maxFaults ?? 100);
    this.#warnings = new FaultLog(options.maxFaults ?? 100);
  }

  row({ row, origin }: Row): void {
    this.#rows++;
    for (const name of ignoredColumns(row, this.#options.columns))
      if (!this.#ignored.has(name)) this.#ignored.set(name, origin);
  }

  format(detected: DetectedFormat): void {
    this.#detected ??= detected;
  }

  /** Hands on the examples whose text is sound. */
  async *watch(examples: AsyncIterable<Example>): AsyncGenerator<Example> {
    for await (const example of examples) {
      this.#examples++;
      this.#duplicate(example);
      for (const turn of turnsOf(example)) this.#sameRoleTwice(turn, example.origin);
      if (!this.#special(example)) yield example;
    }
  }

  encoded({ example, encoded, error }: EncodeResult): void {
    const { maxLength } = this.#options;
    if (error !== undefined) {
      this.faults.add(faultAt(example.origin, refusedText(error, example.origin)));
    } else if (maxLength !== undefined) {
      const sides = encoded.kind === 'pair' ? [encoded.chosen, encoded.rejected] : [encoded.sequence];
      const prompt = Math.max(...sides.map((side) => side.promptLength));
      const total = Math.max(...sides.map((side) => side.ids.length));
      this.#tooLong(example.origin, prompt, total, maxLength);
    }
  }

  result(): DataCheck {
    for (const [name, origin] of this.#ignored) {
      const fault = new RowFault('ignored-column', `Column '${name}' is not read`, 'map it if it matters');
      this.#warnings.add(faultAt(origin, fault));
    }
    const faults = this.faults.summary();
    return {
      ok: faults.total === 0,
      ...(this.#detected && { format: this.#detected.name, columns: this.#detected.columns }),
      rows: this.#rows,
      examples: this.#examples,
      faults,
      warnings: this.#warnings.summary(),
    };
  }

  #duplicate({ origin, ...content }: Example): void {
    const earlier = this.#seen.add(JSON.stringify(content), origin);
    if (earlier === undefined) return;
    const reason = `Row is the same as ${describePlace(earlier)}`;
    const fault = new RowFault('duplicate', reason, 'delete one, unless it is to count twice');
    this.#warnings.add(faultAt(origin, fault));
  }

  #sameRoleTwice(turn: readonly Message[], origin: Origin): void {
    const at = turn.findIndex(({ role }, index) => role !== 'tool' && role === turn[index - 1]?.role);
    if (at < 0) return;
    const reason = `Messages ${at} and ${at + 1} are both of the role '${turn[at]?.role}'`;
    this.#warnings.add(
      faultAt(origin, new RowFault('role-order', reason, 'join them if the chat template wants turns')),
    );
  }

  /** Whether the example holds the text of a special token, which is then reported. */
  #special(example: Example): boolean {
    const { tokenizer, encode } = this.#options;
    if (tokenizer === undefined || encode?.allowSpecialText === true) return false;
    for (const text of textsOf(example)) {
      const found = tokenizer.findSpecialText(text);
      if (found === undefined) continue;
      const reason = `Text holds the special token '${found.token}' at character ${found.index}`;
      const remedy = 'remove it: it would be read as control, not as text';
      this.faults.add(faultAt(example.origin, new RowFault('special-token', reason, remedy)));
      return true;
    }
    return false;
  }

  #tooLong(origin: Origin, prompt: number, total: number, maxLength: number): void {
    if (prompt >= maxLength) {
      const reason = `Prompt has ${prompt} tokens, the context ${maxLength}`;
      this.faults.add(
        faultAt(origin, new RowFault('too-long', reason, 'shorten it or raise the maximum length')),
      );
    } else if (total > maxLength) {
      const reason = `Example has ${total} tokens, the context ${maxLength}: it will be cut`;
      this.#warnings.add(
        faultAt(origin, new RowFault('too-long', reason, 'shorten it or raise the maximum length')),
      );
    }
  }
}

/** The text layer's refusal without the place, which the fault has itself. */
function refusedText(error: InputError, origin: Origin): RowFault {
  const text = error.message.replace(`${describePlace(origin)}: `, '');
  const cut = text.lastIndexOf('; ');
  return new RowFault(
    /prompt has \d+ tokens/.test(text) ? 'too-long' : 'not-encodable',
    cut < 0 ? text : text.slice(0, cut),
    cut < 0 ? 'change or delete the row' : text.slice(cut + 2),
  );
}

/** The conversations of an example, its prompt joined with each answer. */
function turnsOf(example: Example): (readonly Message[])[] {
  switch (example.kind) {
    case 'text':
      return [];
    case 'chat':
      return [example.messages];
    case 'preference':
      return [[...messagesOf(example.prompt), ...messagesOf(example.chosen)], messagesOf(example.rejected)];
    default:
      return [[...messagesOf(example.prompt), ...messagesOf(example.completion)]];
  }
}

function messagesOf(turn: Turn): readonly Message[] {
  return typeof turn === 'string' ? [] : turn;
}

/** Every text that would be encoded. */
function textsOf(example: Example): string[] {
  const turn = (value: Turn) =>
    typeof value === 'string' ? [value] : value.map((message) => message.content ?? '');
  switch (example.kind) {
    case 'text':
      return [example.text];
    case 'chat':
      return turn(example.messages);
    case 'preference':
      return [...turn(example.prompt), ...turn(example.chosen), ...turn(example.rejected)];
    default:
      return [...turn(example.prompt), ...turn(example.completion)];
  }
}
