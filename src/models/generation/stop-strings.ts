// Finds stop strings at the end of what has been generated.
import type { GenerationOptions } from './options.ts';

type Stop = NonNullable<GenerationOptions['stop']>;

/**
 * The stop string that the newest token completed, the earliest in the text of several; undefined when there is none.
 * Only the end is decoded: a character takes at most four tokens (bytes), so that the cost does not grow with the text.
 */
export function completedStop({ strings, decode }: Stop, generated: readonly number[]): string | undefined {
  const longest = Math.max(...strings.map((text) => text.length));
  const text = decode(generated.slice(-(4 * longest + 8)));
  const found = strings
    .map((string) => ({ string, at: text.indexOf(string) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  return found[0]?.string;
}
