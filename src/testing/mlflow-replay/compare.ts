// Compares an answer's JSON with the recorded one: every field, its presence and its type.
import { allowed, extraErrorFields } from './allowances.ts';
import { isArray, isObject, type Json, type JsonObject, mapStrings, parseJson, printJson } from './json.ts';
import { type Bindings, timePlaceholder } from './placeholders.ts';
import { memberKey, unorderedBy } from './unordered.ts';

/** A place of the answer, and what stands there. */
export type Mismatch = { readonly place: string; readonly expected: string; readonly got: string };

const absent = '(absent)';
/** Stands for a text that holds JSON, such as the records of an evaluation dataset. */
const jsonText = '{{jsonText}}';

/** The differences between a recorded value and an answer's; binds placeholders on the way. */
export function compareJson(
  expected: Json,
  got: Json,
  { bindings, place = '$' }: { readonly bindings: Bindings; readonly place?: string },
): Mismatch[] {
  const at = { bindings, place };
  if (expected === timePlaceholder) return compareTime(got, place);
  if (typeof expected === 'string' && typeof got === 'string') return compareText(expected, got, at);
  if (isObject(expected) && expected[jsonText] !== undefined)
    return compareJsonText(expected[jsonText], got, at);
  if (isArray(expected) && isArray(got)) return compareArrays(expected, got, at);
  if (isObject(expected) && isObject(got)) return compareObjects(expected, got, at);
  return Object.is(expected, got) || expected === got ? [] : [mismatch(expected, got, at)];
}

type At = { readonly bindings: Bindings; readonly place: string };

function mismatch(expected: Json | undefined, got: Json | undefined, { bindings, place }: At): Mismatch {
  const shown =
    expected === undefined ? absent : printJson(mapStrings(expected, (one) => bindings.show(one)));
  return { place, expected: shown, got: got === undefined ? absent : printJson(got) };
}

function compareTime(got: Json, place: string): Mismatch[] {
  const fits = typeof got === 'number' && Number.isInteger(got) && got > 1.5e12;
  return fits ? [] : [{ place, expected: '(milliseconds since 1970, a number)', got: printJson(got) }];
}

function compareJsonText(expected: Json, got: Json, at: At): Mismatch[] {
  const value = typeof got === 'string' ? parsed(got) : undefined;
  return value === undefined ? [mismatch(expected, got, at)] : compareJson(expected, value, at);
}

/** The value of a JSON text; nothing where it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Compares a text with its template. */
export function compareText(expected: string, got: string, at: At): Mismatch[] {
  const [template, actual] = allowed(expected, got);
  return at.bindings.match(template, actual) ? [] : [mismatch(expected, got, at)];
}

function compareObjects(expected: JsonObject, got: JsonObject, at: At): Mismatch[] {
  const isError = expected.error_code !== undefined;
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].flatMap((name) => {
    const inner = { ...at, place: `${at.place}.${name}` };
    const [wanted, found] = [expected[name], got[name]];
    if (wanted !== undefined && found !== undefined) return compareJson(wanted, found, inner);
    if (isError && wanted === undefined && extraErrorFields.has(name)) return [];
    return [mismatch(wanted, found, inner)];
  });
}

function compareArrays(expected: readonly Json[], got: readonly Json[], at: At): Mismatch[] {
  const keys = unorderedBy(at.place);
  if (keys !== undefined) return compareSets(expected, got, { ...at, keys });
  const length = Math.max(expected.length, got.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) =>
    comparePair(expected[index], got[index], { ...at, place: `${at.place}[${index}]` }),
  );
}

function comparePair(expected: Json | undefined, got: Json | undefined, at: At): Mismatch[] {
  return expected === undefined || got === undefined
    ? [mismatch(expected, got, at)]
    : compareJson(expected, got, at);
}

function compareSets(
  expected: readonly Json[],
  got: readonly Json[],
  at: At & { readonly keys: readonly string[] },
): Mismatch[] {
  const wanted = byKey(expected, (one) =>
    memberKey(
      mapStrings(one, (text) => at.bindings.show(text)),
      at.keys,
    ),
  );
  const found = byKey(got, (one) => memberKey(one, at.keys));
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) =>
    comparePair(wanted.get(key), found.get(key), { ...at, place: `${at.place}{${key}}` }),
  );
}

/** Members by key; equal keys are told apart by their number. */
function byKey(members: readonly Json[], keyOf: (member: Json) => string): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const member of members) {
    const key = keyOf(member);
    let name = key;
    for (let count = 2; found.has(name); count++) name = `${key}#${count}`;
    found.set(name, member);
  }
  return found;
}
