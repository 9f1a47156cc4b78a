// Trains a byte-level BPE tokenizer on texts.
import { byteLevelAlphabet } from 'tokenizers';
import { InputError } from '../core/index.ts';
import { learnMerges, type Merges } from './bpe-merges.ts';
import { Tokenizer } from './tokenizer.ts';
import { configFile, describeFiles, tokenizerFile } from './tokenizer-files.ts';

/** The special tokens of a new tokenizer. BOS, EOS and PAD are three, so that padding never hides an EOS. */
export type NewSpecialTokens = { readonly bos: string; readonly eos: string; readonly pad: string };

/** What {@link trainTokenizer} makes. */
export type TrainTokenizerOptions = {
  /** Number of tokens, special ones and the 256 bytes included. Default: 4096. Fewer come out if the texts hold fewer. */
  readonly vocabSize?: number;
  /** A pair that occurs less often is not merged. Default: 2. */
  readonly minFrequency?: number;
  /** Default: `<|bos|>`, `<|im_end|>`, `<|pad|>`. */
  readonly specialTokens?: Partial<NewSpecialTokens>;
  /** Special tokens besides these. Default: `<|im_start|>`, which the default chat template needs. */
  readonly moreSpecialTokens?: readonly string[];
  /** Jinja chat template. Default: {@link defaultChatTemplate}. */
  readonly chatTemplate?: string;
  /** Written into the configuration as the longest text that the model takes. */
  readonly modelMaxLength?: number;
};

const defaultSpecialTokens: NewSpecialTokens = { bos: '<|bos|>', eos: '<|im_end|>', pad: '<|pad|>' };

/** ChatML: BOS once, each message between `<|im_start|>role` and EOS. Marks the assistant's words. Tools and calls come in plain messages. */
export const defaultChatTemplate = `{{- bos_token }}
{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] + '\\n' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
        {{- (message['content'] or '') + eos_token }}
        {%- endgeneration %}
    {%- else %}
        {{- (message['content'] or '') + eos_token }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`;

/**
 * Trains a byte-level BPE tokenizer that adds BOS before every text: any text can be encoded and is decoded unchanged.
 * The same texts and options give the same tokenizer, whatever the order of the texts.
 * @throws InputError if `vocabSize` leaves no room for the bytes, special tokens repeat or there is no text.
 */
export async function trainTokenizer(
  texts: Iterable<string>,
  options: TrainTokenizerOptions = {},
): Promise<Tokenizer> {
  const named = { ...defaultSpecialTokens, ...options.specialTokens };
  const special = [named.pad, named.bos, named.eos, ...(options.moreSpecialTokens ?? ['<|im_start|>'])];
  const alphabet = byteLevelAlphabet().sort((a, b) => (a < b ? -1 : 1));
  const merges = learnMerges(countWords(texts, alphabet), {
    base: alphabet,
    size: roomForSymbols(options.vocabSize ?? 4096, special, alphabet.length),
    minFrequency: options.minFrequency ?? 2,
  });
  const json = describeModel(special, merges, named.bos);
  const config = describeConfig(named, special, options);
  const bytes = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const files = new Map([
    [tokenizerFile, bytes(json)],
    [configFile, bytes(config)],
  ]);
  return Tokenizer.fromFiles(describeFiles(files, [], '.'), 'the new tokenizer');
}

function roomForSymbols(vocabSize: number, special: readonly string[], bytes: number): number {
  if (new Set(special).size < special.length || special.includes('')) {
    throw new InputError(
      `Cannot train a tokenizer: special tokens must differ and not be empty, current value is ${special.join(', ')}`,
    );
  }
  const least = special.length + bytes;
  if (Number.isInteger(vocabSize) && vocabSize >= least) return vocabSize - special.length;
  throw new InputError(
    `Cannot train a tokenizer: vocabSize must be an integer of at least ${least} (${bytes} bytes and ${special.length} ` +
      `special tokens), current value is ${vocabSize}`,
  );
}

/** GPT-2's rule for words, as the library's ByteLevel pre-tokenizer has it. */
const wordPattern = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Distinct words as byte symbols, sorted, with their counts. */
function countWords(
  texts: Iterable<string>,
  alphabet: readonly string[],
): { symbols: number[]; count: number }[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(wordPattern) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size === 0)
    throw new InputError('Cannot train a tokenizer: there is no text; give it at least one');
  const symbolOfByte = bytesToSymbols(alphabet);
  const encoder = new TextEncoder();
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => ({
      symbols: Array.from(encoder.encode(word), (byte) => symbolOfByte[byte] ?? 0),
      count,
    }));
}

/** The character that stands for each byte (GPT-2): printable Latin-1 for itself, the others from U+0100 on, in order. */
function bytesToSymbols(alphabet: readonly string[]): number[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    alphabet.indexOf(String.fromCharCode(printable(byte) ? byte : next++)),
  );
}

function describeModel(special: readonly string[], { symbols, merges }: Merges, bos: string) {
  const vocab = Object.fromEntries([...special, ...symbols].map((token, id) => [token, id]));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const sequence = (id: 'A' | 'B', typeId: number) => [
    { SpecialToken: { id: bos, type_id: typeId } },
    { Sequence: { id, type_id: typeId } },
  ];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'TemplateProcessing',
      single: sequence('A', 0),
      pair: [...sequence('A', 0), ...sequence('B', 1)],
      special_tokens: { [bos]: { id: bos, ids: [special.indexOf(bos)], tokens: [bos] } },
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: merges.map(([left, right]) => [symbols[left], symbols[right]]),
    },
  };
}

function describeConfig(named: NewSpecialTokens, special: readonly string[], options: TrainTokenizerOptions) {
  const { modelMaxLength, chatTemplate = defaultChatTemplate } = options;
  const known = [named.bos, named.eos, named.pad];
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: named.bos,
    eos_token: named.eos,
    pad_token: named.pad,
    additional_special_tokens: special.filter((token) => !known.includes(token)),
    clean_up_tokenization_spaces: false,
    ...(modelMaxLength === undefined ? {} : { model_max_length: modelMaxLength }),
    chat_template: chatTemplate,
  };
}
