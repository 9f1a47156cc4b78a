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

/** Some rows of both training files, with the trained tokens told apart; the SFT rows show a short and a long answer. */
export async function sampleRows(
  tokenizer: Tokenizer,
  files: { readonly sft: string; readonly preference: string },
): Promise<{ readonly sft: PreviewSide[][]; readonly preference: PreviewSide[][] }> {
  const preview = async (file: string, purpose: 'sft' | 'preference', limit: number) => {
    const examples = await loadExamples(file, { purpose, limit });
    return await Promise.all(examples.map((example) => previewExample(tokenizer, example)));
  };
  const byLength = (await preview(files.sft, 'sft', 12)).sort((a, b) => trainedIn(a) - trainedIn(b));
  const shortAndLong = [0, 3, -2, -1].flatMap((place) => byLength.at(place) ?? []);
  return {
    sft: shortAndLong.map((side) => [side]),
    preference: await preview(files.preference, 'preference', 2),
  };
}

function trainedIn(sides: readonly PreviewSide[]): number {
  return sides.reduce((sum, { trainedTokens }) => sum + trainedTokens, 0);
}
