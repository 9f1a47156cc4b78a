// Offsets of tokens: the library counts code points, JavaScript strings count UTF-16 units.

/** Start (inclusive) and end (exclusive) of a token in its text, in UTF-16 units. */
export type Offset = readonly [start: number, end: number];

/** Converts offsets in code points of `text` to offsets in UTF-16 units. */
export function toUtf16Offsets(text: string, offsets: readonly (readonly number[])[]): Offset[] {
  const starts = hasSurrogates(text) ? codePointStarts(text) : undefined;
  return offsets.map((offset) => {
    const [start = 0, end = 0] = offset;
    return starts === undefined ? [start, end] : [starts[start] ?? text.length, starts[end] ?? text.length];
  });
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

/** Index in UTF-16 units of every code point, and the length of the text at the end. */
function codePointStarts(text: string): Int32Array {
  const starts = new Int32Array(text.length + 1).fill(text.length);
  let codePoints = 0;
  for (let unit = 0; unit < text.length; codePoints++) {
    starts[codePoints] = unit;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  return starts;
}
