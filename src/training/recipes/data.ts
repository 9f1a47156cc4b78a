// Training data made ready: files to encoded, truncated examples, with all that was wrong told at once.
import { fingerprint, InputError, InputErrors } from '../../core/index.ts';
import {
  type Example,
  encodeExample,
  findLeaks,
  loadExamples,
  type Origin,
  type PreviewSide,
  type Purpose,
  previewEncoded,
  splitExamples,
} from '../../data/index.ts';
import {
  type Encoded,
  type Tokenizer,
  type TruncationMode,
  truncate,
  truncatePair,
} from '../../text/index.ts';
import type { TrainConfig } from '../config.ts';
import type { EncodedPair } from '../objectives/pair-rows.ts';
import type { RunControl } from '../run/events.ts';

/** An encoded example, or a row packed of several, and where it came from. */
export type Prepared<T> = { readonly value: T; readonly origins: readonly Origin[] };

/** Training and held-out examples of one kind. */
export type PreparedData<T> = {
  readonly train: readonly Prepared<T>[];
  readonly eval: readonly Prepared<T>[];
  /** Fingerprint over all ids and masks: another tokenizer, template or truncation is other data. */
  readonly fingerprint: string;
};

/** Examples as read, split into training and held-out parts. */
export type RawData = { readonly train: readonly Example[]; readonly eval: readonly Example[] };

/** Faults that are listed before the rest is only counted. */
const listedFaults = 20;

/** The part of a configuration that decides the examples. */
export type DataConfig = Pick<TrainConfig, 'data' | 'seed'>;

/** Reads the files of a configuration. Refuses a set with a bad row, and prompts that are in both parts. */
export async function readData(config: DataConfig, purpose: Purpose, control: RunControl): Promise<RawData> {
  const { data, seed } = config;
  const options = {
    purpose,
    ...(data.columns === null ? {} : { columns: data.columns }),
    ...(data.format === null ? {} : { format: data.format }),
    ...(data.limit === null ? {} : { limit: data.limit }),
  };
  const train = await loadExamples(data.train, options);
  if (data.eval === null) {
    if (data.eval_fraction === null) return { train, eval: [] };
    return splitExamples(train, { evalFraction: data.eval_fraction, seed });
  }
  const held = await loadExamples(data.eval, options);
  const leaks = findLeaks(train, held);
  if (leaks.length > 0) {
    const [first] = leaks;
    control.onEvent?.({
      type: 'message',
      text:
        `Warning: ${leaks.length} held-out prompts are also in the training data (first: ${place(first?.eval)} is ` +
        `${place(first?.train)}); evaluation will look better than it is`,
    });
  }
  return { train, eval: held };
}

function place(origin: Origin | undefined): string {
  return origin === undefined ? '' : `${origin.file}:${origin.line}`;
}

/** How examples become tokens. */
export type EncodeContext = {
  readonly config: Pick<TrainConfig, 'data'>;
  readonly tokenizer: Tokenizer;
  /** Tokens of the longest example. */
  readonly maxLength: number;
  readonly control: RunControl;
};

/** Encoded sequences for sft. */
export function encodeSequences(raw: RawData, context: EncodeContext): Promise<PreparedData<Encoded>> {
  return encodeAll(raw, context, {
    shorten: (example, encoded, options) => {
      if (encoded.kind !== 'sequence') throw wrongKind(example, 'sft');
      const { encoded: value, cutPrompt, cutAnswer } = truncate(encoded.sequence, options);
      return { value, cut: cutPrompt + cutAnswer > 0 };
    },
    preview: (value) => [previewEncoded(context.tokenizer, 'sequence', value)],
  });
}

/** Encoded pairs for preference losses. */
export function encodePairs(raw: RawData, context: EncodeContext): Promise<PreparedData<EncodedPair>> {
  return encodeAll(raw, context, {
    shorten: (example, encoded, options) => {
      if (encoded.kind !== 'pair') throw wrongKind(example, 'dpo');
      const { pair, cutPrompt, cutAnswer } = truncatePair(encoded, options);
      return { value: pair, cut: cutPrompt + cutAnswer > 0 };
    },
    preview: ({ chosen, rejected }) => [
      previewEncoded(context.tokenizer, 'chosen', chosen),
      previewEncoded(context.tokenizer, 'rejected', rejected),
    ],
  });
}

function wrongKind({ origin, kind }: Example, recipe: string): InputError {
  const message = `Cannot use a ${kind} example for ${recipe}; choose the recipe that fits the data`;
  return new InputError(message, { location: { file: origin.file, line: origin.line } });
}

type Shorten<T> = (
  example: Example,
  encoded: Awaited<ReturnType<typeof encodeExample>>,
  options: Parameters<typeof truncate>[1],
) => { readonly value: T | null; readonly cut: boolean };

/** What differs between sequences and pairs. */
type Kind<T> = { readonly shorten: Shorten<T>; readonly preview: (value: T) => readonly PreviewSide[] };

async function encodeAll<T>(
  raw: RawData,
  context: EncodeContext,
  { shorten, preview }: Kind<T>,
): Promise<PreparedData<T>> {
  const counts = { cut: 0, dropped: 0 };
  const faults: string[] = [];
  const run = (examples: readonly Example[], what: string) =>
    encodeList(examples, { ...context, what, shorten, counts, faults });
  const train = await run(raw.train, 'Encoding training data');
  const held = await run(raw.eval, 'Encoding held-out data');
  if (faults.length > 0) throw encodingFaults(faults);
  const [first] = train;
  if (first === undefined)
    throw new InputError(
      'Cannot use the data: no example is left; see data.on_long_prompt and data.max_length',
    );
  context.control.onEvent?.({
    type: 'data',
    train: train.length,
    eval: held.length,
    maxLength: context.maxLength,
    ...counts,
    first: preview(first.value),
  });
  const values = (list: readonly Prepared<T>[]) => list.map(({ value }) => value);
  return { train, eval: held, fingerprint: fingerprint({ train: values(train), eval: values(held) }) };
}

type ListContext<T> = EncodeContext & {
  readonly what: string;
  readonly shorten: Shorten<T>;
  readonly counts: { cut: number; dropped: number };
  readonly faults: string[];
};

async function encodeList<T>(examples: readonly Example[], context: ListContext<T>): Promise<Prepared<T>[]> {
  const { config, tokenizer, control } = context;
  const { data } = config;
  const options = {
    trainOn: data.train_on,
    allowSpecialText: data.allow_special_text,
    boundary: data.boundary,
    frame: data.frame,
  };
  const prepared: Prepared<T>[] = [];
  for (let start = 0; start < examples.length; start += 512) {
    control.signal?.throwIfAborted();
    const part = examples.slice(start, start + 512);
    const results = await Promise.allSettled(
      part.map((example) => encodeExample(tokenizer, example, options)),
    );
    results.forEach((result, i) => {
      const example = part[i] as Example;
      try {
        if (result.status === 'rejected') throw result.reason;
        const value = shortened(example, result.value, context);
        if (value !== null) prepared.push({ value, origins: [example.origin] });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        context.faults.push(inSettings(error.message));
      }
    });
    control.onEvent?.({
      type: 'prepare',
      what: context.what,
      done: start + part.length,
      total: examples.length,
    });
  }
  return prepared;
}

function shortened<T>(
  example: Example,
  encoded: Awaited<ReturnType<typeof encodeExample>>,
  context: ListContext<T>,
): T | null {
  const { config, tokenizer, maxLength, counts } = context;
  const { value, cut } = context.shorten(example, encoded, {
    maxLength,
    mode: truncationOf(config.data.truncation, example),
    ...(config.data.max_prompt_length === null ? {} : { maxPromptLength: config.data.max_prompt_length }),
    onLongPrompt: config.data.on_long_prompt,
    bosTokenId: tokenizer.bosTokenId,
    location: { file: example.origin.file, line: example.origin.line },
  });
  if (value === null) counts.dropped++;
  else if (cut) counts.cut++;
  return value;
}

/** The way to shorten: one for all, or that of the example's file. */
function truncationOf(modes: TrainConfig['data']['truncation'], { origin }: Example): TruncationMode {
  if (typeof modes === 'string') return modes;
  const mode = modes[origin.file];
  if (mode !== undefined) return mode;
  throw new InputError(
    `Cannot shorten examples of '${origin.file}': data.truncation names a way for other files only; add it, or name one for all`,
  );
}

/** The text layer names its options; a user of a configuration knows the settings. */
const settingNames: readonly (readonly [string, string])[] = [
  ["onLongPrompt to 'drop' or 'cut'", 'data.on_long_prompt=drop or =cut'],
  ['raise the maximum length', 'raise data.max_length'],
  ['allow it with allowSpecialText', 'set data.allow_special_text=true'],
  ["boundary: 'separate'", 'data.boundary=separate'],
];

function inSettings(message: string): string {
  return settingNames.reduce((text, [option, setting]) => text.replace(option, setting), message);
}

function encodingFaults(faults: readonly string[]): InputErrors {
  const rest = faults.length - listedFaults;
  const listed = rest > 0 ? [...faults.slice(0, listedFaults), `and ${rest} more`] : faults;
  return new InputErrors(
    `Cannot use the data: ${faults.length === 1 ? 'an example' : `${faults.length} examples`} cannot be encoded`,
    listed,
  );
}
