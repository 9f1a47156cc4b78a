// JSON as Python's `json.dumps` prints it: ASCII only, floats as `repr` has them.

const plain = /^[ !#-[\]-~]*$/;

/** A JSON string, ASCII only. */
export function pythonString(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A float as Python's `repr` prints it; NaN as the string "NaN", infinities as the largest number of their sign. */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (size < 1e16 && (size >= 1e-4 || size === 0)) {
    if (!Number.isInteger(value)) return String(value);
    return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  }
  if (Number.isNaN(value)) return '"NaN"';
  if (size === Number.POSITIVE_INFINITY) return pythonFloat(Math.sign(value) * Number.MAX_VALUE);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

const shownDepth = 8;
const shownLength = 1000;

/** A value in a message: compact, keys sorted; what is very deep or long is cut off. */
export function pythonJson(value: unknown): string {
  const text = compact(value, 0);
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
}

function compact(value: unknown, depth: number): string {
  if (typeof value === 'string') return pythonString(value.slice(0, shownLength + 1));
  if (typeof value === 'number') return compactNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return 'null';
  if (depth >= shownDepth) return '...';
  // Every member takes at least two characters, so that more of them than that are never shown.
  if (Array.isArray(value))
    return `[${value
      .slice(0, shownLength)
      .map((one) => compact(one, depth + 1))
      .join(',')}]`;
  const members = Object.entries(value)
    .slice(0, shownLength)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${pythonString(name)}:${compact(one, depth + 1)}`).join(',')}}`;
}

function compactNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : pythonFloat(value);
}
