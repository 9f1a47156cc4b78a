// JSON as texts that lose nothing: numbers keep their spelling, and the layout is that of Python, whose texts stand beside ours.

/** A number as it was written: `1.0`, `12345678901234567890`. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Any JSON; a number that a double does not give back as it was written is a {@link NumberText}. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | NumberText
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Makes something of each value of a JSON text, from the inside out; `children` are made already. */
export type JsonFold<T extends NonNullable<unknown> | null> = {
  readonly null: () => T;
  readonly boolean: (value: boolean) => T;
  readonly string: (value: string) => T;
  /** `text` is what JSON or Python writes: `NaN` and `Infinity` are among them. */
  readonly number: (text: string) => T;
  readonly array: (children: readonly T[]) => T;
  readonly object: (children: readonly (readonly [key: string, value: T])[]) => T;
};

/** Numbers too large for a double stand for what JSON cannot write and Python does. */
const nonFinite: Readonly<Record<string, string>> = {
  NaN: '1e9998',
  Infinity: '1e9999',
  '-Infinity': '-1e9999',
};
const nonFiniteTexts = new Map(Object.entries(nonFinite).map(([text, number]) => [number, text]));

/** @throws SyntaxError where the text is no JSON */
export function foldJson<T extends NonNullable<unknown> | null>(text: string, fold: JsonFold<T>): T {
  const revive = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'number') return fold.number(numberText(context?.source ?? String(value)));
    if (typeof value === 'string') return fold.string(value);
    if (typeof value === 'boolean') return fold.boolean(value);
    if (value === null) return fold.null();
    // What is within was given to this function before, so that it is of type T.
    if (Array.isArray(value)) return fold.array(value as readonly T[]);
    return fold.object(Object.entries(value as Readonly<Record<string, T>>));
  };
  // The reviver turns every value into a T, the outermost one too.
  return JSON.parse(withoutNonFinite(text), revive) as T;
}

/** Parses JSON (and Python's NaN and Infinity); numbers whose spelling a double does not give back stay texts. */
export function parseJson(text: string): JsonValue {
  return foldJson<JsonValue>(text, {
    null: () => null,
    boolean: (value) => value,
    string: (value) => value,
    number: (source) =>
      String(Number(source)) === source && Number.isFinite(Number(source))
        ? Number(source)
        : new NumberText(source),
    array: (children) => children,
    object: (children) => Object.fromEntries(children),
  });
}

/** The value of a JSON text; undefined where it is none. */
export function tryParseJson(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Options of {@link pythonJson}. */
export type PythonJsonOptions = {
  /** Whether all but ASCII is escaped; false by default. */
  readonly ascii?: boolean;
  /** Whether keys are sorted; false by default. */
  readonly sortKeys?: boolean;
};

/** JSON with a blank behind each comma and colon, as Python's `json.dumps` writes it. */
export function pythonJson(value: JsonValue, options: PythonJsonOptions = {}): string {
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : pythonFloat(value);
  if (typeof value === 'string')
    return options.ascii ? escapeNonAscii(JSON.stringify(value)) : JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map((item) => pythonJson(item, options)).join(', ')}]`;
  const keys = options.sortKeys ? Object.keys(value).sort(byCodePoint) : Object.keys(value);
  return `{${keys.map((key) => `${pythonJson(key, options)}: ${pythonJson(value[key] ?? null, options)}`).join(', ')}}`;
}

/** A double as Python writes it: always with a point or an exponent. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Whether a value is a JSON object, rather than a list or a single value. */
export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
  );
}

function isList(
  value: readonly JsonValue[] | { readonly [key: string]: JsonValue },
): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function withoutNonFinite(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) => nonFinite[part] ?? part);
}

function numberText(source: string): string {
  return nonFiniteTexts.get(source) ?? source;
}

function escapeNonAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
