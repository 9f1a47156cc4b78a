// A row of training data as the model sees it, with the tokens that are trained marked.
import type { PreviewSide } from '../../data/index.ts';
import { html, type Markup } from './markup.ts';

/** One sequence, or the two sides of a pair. */
export function dataSample(sides: readonly PreviewSide[]): Markup {
  return html`<div>${sides.map(
    ({ name, segments, tokens, trainedTokens }) => html`<p class="sample-name">${
      name === 'sequence' ? '' : `${name}: `
    }${trainedTokens} of ${tokens} tokens trained</p>
<pre class="sample">${segments.map(({ text, trained }) => (trained ? html`<mark>${text}</mark>` : text))}</pre>`,
  )}</div>`;
}
