// JSON values that keep integers beyond 2^53, where a server may lose digits.

/** A JSON value; an integer that a double cannot hold is a bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** Parses a JSON text, large integers exactly. */
export function parseJson(text: string): Json {
  // `source`, the third argument of a reviver, is younger than the compiler's declaration of JSON.parse.
  return JSON.parse(text, (...given: readonly unknown[]) => exact(given[1], given[2]));
}

function exact(value: unknown, context: unknown): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  const source = typeof context === 'object' && context !== null && 'source' in context ? context.source : '';
  return typeof source === 'string' && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** The text of a JSON value, on one line. */
export function printJson(value: Json): string {
  if (typeof value === 'bigint') return String(value);
  if (isArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}:${printJson(one)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Every string of a JSON value replaced. */
export function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (isArray(value)) return value.map((one) => mapStrings(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [change(name), mapStrings(one, change)]),
  );
}

/** Whether a JSON value is a list. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
