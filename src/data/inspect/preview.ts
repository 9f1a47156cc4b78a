// What a model sees of an example: its text with the trained tokens told apart.
import type { Encoded, Tokenizer } from '../../text/index.ts';
import { type EncodeExampleOptions, encodeExample } from '../encode.ts';
import type { Example } from '../example.ts';

/** A run of text that is trained or not. */
export type PreviewSegment = { readonly text: string; readonly trained: boolean };

/** One sequence of an example, as the model sees it. */
export type PreviewSide = {
  readonly name: 'sequence' | 'chosen' | 'rejected';
  /** Special tokens are shown by their text. */
  readonly segments: readonly PreviewSegment[];
  readonly tokens: number;
  readonly trainedTokens: number;
};

/** The example's sequences (both sides of a pair), each cut where training starts or stops. Throws as {@link encodeExample}. */
export async function previewExample(
  tokenizer: Tokenizer,
  example: Example,
  options: EncodeExampleOptions = {},
): Promise<PreviewSide[]> {
  const encoded = await encodeExample(tokenizer, example, options);
  if (encoded.kind === 'sequence') return [previewEncoded(tokenizer, 'sequence', encoded.sequence)];
  return [
    previewEncoded(tokenizer, 'chosen', encoded.chosen),
    previewEncoded(tokenizer, 'rejected', encoded.rejected),
  ];
}

/** One sequence, cut where training starts or stops. */
export function previewEncoded(
  tokenizer: Tokenizer,
  name: PreviewSide['name'],
  { ids, trained }: Encoded,
): PreviewSide {
  const segments: PreviewSegment[] = [];
  let start = 0;
  for (let end = 1; end <= ids.length; end++) {
    if (end < ids.length && trained[end] === trained[start]) continue;
    const text = tokenizer.decode(ids.slice(start, end), { skipSpecialTokens: false });
    segments.push({ text, trained: trained[start] === true });
    start = end;
  }
  return { name, segments, tokens: ids.length, trainedTokens: trained.filter(Boolean).length };
}
