// ILIKE for SQLite, whose own LIKE ignores case in English only.

/** A function that tells whether a text matches a LIKE pattern (`%` any characters, `_` one) whatever the case, in any script. */
export function compileCaseInsensitiveLike(pattern: string): (text: string) => boolean {
  const folded = foldCase(pattern);
  if (folded.includes('_')) {
    const wanted = Array.from(folded);
    return (text) => matchesWildcards(wanted, Array.from(foldCase(text)));
  }
  const pieces = folded.split('%');
  return (text) => matchesPieces(pieces, foldCase(text));
}

function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ');
}

/** The pieces between `%`, in order, the first at the start and the last at the end. */
function matchesPieces(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}

/** Takes each `%` as short as may be, and longer only while what follows it does not fit. */
function matchesWildcards(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let next = 0;
  let retry: { pattern: number; text: number } | undefined;
  while (at < text.length) {
    if (pattern[next] === '%') {
      next += 1;
      retry = { pattern: next, text: at };
    } else if (next < pattern.length && (pattern[next] === '_' || pattern[next] === text[at])) {
      next += 1;
      at += 1;
    } else if (retry === undefined) {
      return false;
    } else {
      retry = { pattern: retry.pattern, text: retry.text + 1 };
      next = retry.pattern;
      at = retry.text;
    }
  }
  return pattern.slice(next).every((character) => character === '%');
}
