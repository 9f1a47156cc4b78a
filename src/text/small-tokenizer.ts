// Small tokenizers for the tests of this folder.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from './tokenizer.ts';
import { type TrainTokenizerOptions, trainTokenizer } from './train-tokenizer.ts';

const texts = [
  'The quick brown fox jumps over the lazy dog. The dog says: hello world!',
  'user assistant system You are a helpful assistant. Hello there, how are you today?',
  'naïve café, 😀 and 👩‍👩‍👧 and é; line one\nline two\n\nline three',
];

/** A byte-level tokenizer of 400 tokens at most. */
export function smallTokenizer(options: TrainTokenizerOptions = {}): Promise<Tokenizer> {
  return trainTokenizer([...texts, ...texts], { vocabSize: 400, ...options });
}

/** {@link smallTokenizer} with the special tokens that `template` prints. */
export async function withTemplate(template: string, special: readonly string[] = []): Promise<Tokenizer> {
  return smallTokenizer({ chatTemplate: template, moreSpecialTokens: ['<|im_start|>', ...special] });
}

/** A tokenizer directory with the given files (text as it is, other values as JSON); returns its path. */
export async function tokenizerDirectory(files: Readonly<Record<string, unknown>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hone-text-'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return dir;
}

/** The tokenizer.json of a Llama 2 kind: `▁` for spaces, bytes for unknown characters, no BOS of its own. */
export function sentencePieceJson(): Record<string, unknown> {
  const letters = [...'▁abcdefghijklmnopqrstuvwxyz.:'];
  const merges = [
    ['▁', 'h'],
    ['▁h', 'i'],
    ['a', 'b'],
  ];
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...letters, ...merges.map((merge) => merge.join(''))];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
    padding: null,
    added_tokens: tokens.slice(0, 3).map((content, id) => ({ id, content, ...special })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

/** The texts of the tokens, for readable expectations. */
export function pieces(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  return ids.map((id) => tokenizer.decode([id], { skipSpecialTokens: false }));
}

/** The text of the trained tokens. */
export function trainedText(
  tokenizer: Tokenizer,
  encoded: { readonly ids: readonly number[]; readonly trained: readonly boolean[] },
): string {
  return tokenizer.decode(
    encoded.ids.filter((_, i) => encoded.trained[i]),
    { skipSpecialTokens: false },
  );
}
