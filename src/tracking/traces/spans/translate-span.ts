// Gives a span of any tracing library the attributes by which MLflow shows and counts it, beside those it came with.
import type { Span, SpanAttributes } from '../entities.ts';
import { isJsonObject, type JsonValue, NumberText, pythonJson, tryParseJson } from '../json-text.ts';
import { spanAttributes as keys } from '../keys.ts';
import { type Convention, conventions } from './span-conventions.ts';

/** The span with what its convention tells: type, inputs, outputs, token usage, model, provider, tools, layout of messages. */
export function translateSpan(span: Span): Span {
  const attributes: Record<string, string> = unwrapTexts(span.attributes);
  const type = tryParseJson(attributes[keys.type] ?? 'null');
  const known =
    type === null || type === 'UNKNOWN' ? first((convention) => typeOf(convention, attributes)) : undefined;
  if (known !== undefined) attributes[keys.type] = pythonJson(known);
  const add = (key: string, find: () => string | undefined) => {
    const value = key in attributes ? undefined : find();
    if (value !== undefined) attributes[key] = value;
  };
  add(keys.inputs, () => sideOf(span, attributes, 'inputs'));
  add(keys.outputs, () => sideOf(span, attributes, 'outputs'));
  add(keys.tokenUsage, () => first((convention) => usageOf(convention, attributes)));
  add(keys.messageFormat, () => first((convention) => formatOf(convention, attributes)));
  add(keys.chatTools, () => first(({ tools }) => filledValue(attributes, tools)));
  add(keys.model, () => first(({ models }) => filledValue(attributes, models)) ?? modelIn(attributes));
  add(keys.provider, () => first(({ providers }) => filledValue(attributes, providers)));
  return { ...span, attributes };
}

/** What the first convention that knows says. */
function first<T>(ask: (convention: Convention) => T | undefined): T | undefined {
  for (const convention of conventions) {
    const answer = ask(convention);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Exporters can only send lists and objects as JSON texts: those become what they hold. Numbers in texts stay texts. */
function unwrapTexts(attributes: SpanAttributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([key, json]) => [key, unwrapText(json)]));
}

function unwrapText(json: string): string {
  if (!/^"\s*(?:[[{]|\\")/.test(json)) return json;
  const text = tryParseJson(json);
  const value = typeof text === 'string' ? tryParseJson(text) : undefined;
  const isStructure = typeof value === 'string' || isJsonObject(value) || Array.isArray(value);
  return isStructure && typeof text === 'string' ? text : json;
}

function typeOf({ kinds, typeOf: tell }: Convention, attributes: SpanAttributes): string | undefined {
  for (const key of kinds?.keys ?? []) {
    const kind = tryParseJson(attributes[key] ?? 'null');
    const types = kinds?.types ?? {};
    if (typeof kind === 'string' && Object.hasOwn(types, kind)) return types[kind];
  }
  return tell?.(attributes);
}

function sideOf(span: Span, attributes: SpanAttributes, side: 'inputs' | 'outputs'): string | undefined {
  return (
    first(
      (convention) => convention.collected?.(attributes, side) ?? filledValue(attributes, convention[side]),
    ) ?? first(({ events }) => events?.(span.events, side))
  );
}

/** The JSON of the first of the keys whose value is not empty, zero or false. */
function filledValue(
  attributes: SpanAttributes,
  wanted: readonly (string | RegExp)[] = [],
): string | undefined {
  for (const key of wanted) {
    const names = typeof key === 'string' ? [key] : Object.keys(attributes).filter((name) => key.test(name));
    for (const name of names) {
      const json = attributes[name];
      if (json !== undefined && !/^(?:""|\[\]|\{\}|null|false|0|0\.0)$/.test(json)) return json;
    }
  }
  return undefined;
}

function usageOf({ tokens }: Convention, attributes: SpanAttributes): string | undefined {
  const count = (side: 'input' | 'output' | 'total') => {
    const json = filledValue(attributes, tokens?.[side]);
    return json === undefined ? undefined : wholeNumber(tryParseJson(json));
  };
  const [input, output] = [count('input'), count('output')];
  if (!input || !output) return undefined;
  return pythonJson({
    input_tokens: input,
    output_tokens: output,
    total_tokens: count('total') || input + output,
  });
}

function wholeNumber(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function formatOf({ format }: Convention, attributes: SpanAttributes): string | undefined {
  if (format === undefined) return undefined;
  const { name, keys: wanted, prefix } = format;
  const isThere =
    wanted.some((key) => key in attributes) ||
    (prefix !== undefined && Object.keys(attributes).some((key) => key.startsWith(prefix)));
  return isThere ? pythonJson(name) : undefined;
}

/** The model that a request or an answer names itself. */
function modelIn(attributes: SpanAttributes): string | undefined {
  for (const key of [keys.inputs, keys.outputs]) {
    const json = attributes[key];
    if (json === undefined || !json.includes('"model"')) continue;
    const value = tryParseJson(json);
    const model = isJsonObject(value) ? value.model : undefined;
    if (typeof model === 'string' && model !== '') return pythonJson(model);
  }
  return undefined;
}

/** The numbers of a JSON object by key, of those keys alone; empty for what is no object. */
export function numbersOf(
  json: string | undefined,
  wanted: readonly string[],
): Readonly<Record<string, number>> {
  const value = json === undefined ? undefined : tryParseJson(json);
  if (!isJsonObject(value)) return {};
  const found = wanted.flatMap((key) => {
    const number = value[key] instanceof NumberText ? Number(value[key].text) : value[key];
    return typeof number === 'number' && Number.isFinite(number) ? [[key, number] as const] : [];
  });
  return Object.fromEntries(found);
}
