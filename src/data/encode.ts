// Examples of any kind to token ids with loss masks.
import { InputError } from '../core/index.ts';
import {
  type CompletionOptions,
  type Encoded,
  encodeChat,
  encodeCompletion,
  encodePreference,
  encodeText,
  type Tokenizer,
} from '../text/index.ts';
import type { Example, Origin } from './example.ts';

/** A pair of encoded answers to one prompt, or one encoded sequence (with its label, where answers are liked or not). */
export type EncodedExample =
  | { readonly kind: 'pair'; readonly chosen: Encoded; readonly rejected: Encoded }
  | { readonly kind: 'sequence'; readonly sequence: Encoded; readonly label?: boolean };

/** Options of {@link encodeExample}; the location of errors is the example's origin. */
export type EncodeExampleOptions = Omit<CompletionOptions, 'location'>;

/**
 * Ids and loss mask of an example. Calls made in the same turn of the event loop are encoded as one batch.
 * Throws InputError, with the example's file and line, where the text layer refuses it.
 */
export async function encodeExample(
  tokenizer: Tokenizer,
  example: Example,
  options: EncodeExampleOptions = {},
): Promise<EncodedExample> {
  const located = { ...options, location: locationOf(example.origin) };
  switch (example.kind) {
    case 'text': {
      const { eos, ...rest } = located;
      const sequence = await encodeText(tokenizer, example.text, {
        ...rest,
        eos: eos === 'none' ? 'none' : 'append',
      });
      return { kind: 'sequence', sequence };
    }
    case 'chat': {
      const { messages, tools } = example;
      const sequence = await encodeChat(tokenizer, messages, { ...located, ...(tools && { tools }) });
      return { kind: 'sequence', sequence };
    }
    case 'completion':
      return { kind: 'sequence', sequence: await encodeCompletion(tokenizer, example, located) };
    case 'unpaired': {
      const sequence = await encodeCompletion(tokenizer, example, located);
      return { kind: 'sequence', sequence, label: example.label };
    }
    case 'preference':
      return { kind: 'pair', ...(await encodePreference(tokenizer, example, located)) };
  }
}

/** Where records are counted, the number stands with the file's name: it is no line. */
export function locationOf({ file, line, unit }: Origin): { readonly file: string; readonly line?: number } {
  return unit === 'record' ? { file: `${file}: record ${line}` } : { file, line };
}

/** An example with its encoding, or with the error that the text layer refused it with. */
export type EncodeResult = { readonly example: Example } & (
  | { readonly encoded: EncodedExample; readonly error?: undefined }
  | { readonly error: InputError; readonly encoded?: undefined }
);

/** Examples encoded at once: many enough to keep all cores busy. */
const encodeGroup = 256;

/** Encodes a stream of examples in order, many at a time; a refused one does not stop the others. */
export async function* encodeExamples(
  tokenizer: Tokenizer,
  examples: AsyncIterable<Example> | Iterable<Example>,
  options: EncodeExampleOptions = {},
): AsyncGenerator<EncodeResult> {
  let group: Example[] = [];
  const encodeOne = (example: Example) => tryEncode(tokenizer, example, options);
  for await (const example of examples) {
    if (group.push(example) < encodeGroup) continue;
    yield* await Promise.all(group.map(encodeOne));
    group = [];
  }
  yield* await Promise.all(group.map(encodeOne));
}

async function tryEncode(
  tokenizer: Tokenizer,
  example: Example,
  options: EncodeExampleOptions,
): Promise<EncodeResult> {
  try {
    return { example, encoded: await encodeExample(tokenizer, example, options) };
  } catch (error) {
    if (error instanceof InputError) return { example, error };
    throw error;
  }
}
