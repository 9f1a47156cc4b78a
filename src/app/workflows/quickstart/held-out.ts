// Held-out pairs as token ids, and training rows as the model sees them.
import {
  type Example,
  encodeExample,
  loadExamples,
  type PreviewSide,
  previewExample,
} from '../../../data/index.ts';
import type { Tokenizer } from '../../../text/index.ts';
import type { EncodedPair } from '../../../training/index.ts';

/** Every preference pair, encoded. */
export async function encodePairs(
  tokenizer: Tokenizer,
  examples: readonly Example[],
): Promise<EncodedPair[]> {
  const encoded = await Promise.all(examples.map((example) => encodeExample(tokenizer, example)));
  return encoded.filter((one) => one.kind === 'pair');
}

/** The first rows of both training files, with the trained tokens told apart. */
export async function sampleRows(
  tokenizer: Tokenizer,
  files: { readonly sft: string; readonly preference: string },
): Promise<{ readonly sft: PreviewSide[][]; readonly preference: PreviewSide[][] }> {
  const preview = async (file: string, purpose: 'sft' | 'preference', limit: number) => {
    const examples = await loadExamples(file, { purpose, limit });
    return await Promise.all(examples.map((example) => previewExample(tokenizer, example)));
  };
  return {
    sft: await preview(files.sft, 'sft', 3),
    preference: await preview(files.preference, 'preference', 2),
  };
}
