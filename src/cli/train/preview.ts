// An example as the model sees it, the trained tokens told apart: by colour for people, by marks elsewhere.
import type { PreviewSide } from '../../app/index.ts';
import { type Output, paint } from '../terminal.ts';

/** How trained text is told apart, for the line above an example. */
export function previewLegend(output: Output): string {
  return output.hasColours ? paint(output, 'green', 'trained') : '[[trained]]';
}

/** The sides of an example, each under its name. */
export function formatPreview(output: Output, sides: readonly PreviewSide[]): string {
  return sides
    .map(({ name, segments, tokens, trainedTokens }) => {
      const head = name === 'sequence' ? '' : `${name}, `;
      const text = segments
        .map((segment) => (segment.trained ? marked(output, segment.text) : segment.text))
        .join('');
      return `${paint(output, 'dim', `-- ${head}${tokens} tokens, ${trainedTokens} of them trained`)}\n${text}\n`;
    })
    .join('');
}

function marked(output: Output, text: string): string {
  if (!output.hasColours) return `[[${text}]]`;
  // Line by line: a pager keeps no colour over a line's end
  return text
    .split('\n')
    .map((line) => paint(output, 'green', line))
    .join('\n');
}
