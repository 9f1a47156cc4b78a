// The golden files: recorded exchanges between the MLflow client and server, one file a flow.
import { readdirSync, readFileSync } from 'node:fs';
import { isArray, isObject, type Json, type JsonObject, parseJson } from './json.ts';

/** A body: a JSON value, a text, or bytes in base64, in parts with placeholders between them. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly parts: readonly string[] };

export type Headers = Readonly<Record<string, string>>;

/** What was asked; texts hold placeholders such as `{{run:1}}` where another server has other values. */
export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Body;
};

/** What MLflow answered; of the headers only those that clients read. */
export type RecordedAnswer = { readonly status: number; readonly headers: Headers; readonly body: Body };

/** One request with its answer; `step` is what the client was doing. */
export type Exchange = {
  readonly step: string;
  readonly request: RecordedRequest;
  readonly answer: RecordedAnswer;
};

/** One conversation with a server that was empty at its start. */
export type GoldenFlow = {
  readonly flow: string;
  readonly about: string;
  readonly exchanges: readonly Exchange[];
};

const folder = new URL('../../../test/fixtures/mlflow/', import.meta.url);

/** The flows that are recorded, in alphabetical order. */
export function flowNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** Reads one flow. */
export function loadFlow(name: string): GoldenFlow {
  const flow = object(parseJson(readFileSync(new URL(`${name}.json`, folder), 'utf8')));
  if (!isArray(flow.exchanges)) throw new Error(`${name}.json holds no list 'exchanges'`);
  const shared = isArray(flow.shared) ? flow.shared : [];
  const exchanges = flow.exchanges.map((one) => exchange(resolve(one, shared)));
  return { flow: name, about: text(flow.about), exchanges };
}

/** The value with what the file keeps once put in wherever it occurs: shared values, and members of long lists. */
function resolve(value: Json, shared: readonly Json[]): Json {
  if (typeof value === 'string') {
    const number = /^\{\{shared:(\d+)\}\}$/.exec(value)?.[1];
    return number === undefined ? value : resolve(shared[Number(number)] ?? null, shared);
  }
  if (isArray(value)) return value.map((one) => resolve(one, shared));
  if (!isObject(value)) return value;
  const { '{{times}}': times, '{{member}}': member } = value;
  if (member !== undefined) return new Array<Json>(Number(times)).fill(resolve(member, shared));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, shared)]));
}

function exchange(value: Json): Exchange {
  const { step, request, answer } = object(value);
  const [asked, got] = [object(request), object(answer)];
  return {
    step: text(step),
    request: {
      method: text(asked.method),
      path: text(asked.path),
      headers: headers(asked),
      body: body(asked),
    },
    answer: { status: Number(got.status), headers: headers(got), body: body(got) },
  };
}

function body(value: JsonObject): Body {
  if (value.json !== undefined) return { kind: 'json', value: value.json };
  if (value.text !== undefined) return { kind: 'text', text: text(value.text) };
  if (value.base64 === undefined) return { kind: 'none' };
  return { kind: 'bytes', parts: isArray(value.base64) ? value.base64.map(text) : [text(value.base64)] };
}

/** The headers; a JSON body means `application/json` unless they say otherwise. */
function headers({ headers: given, json }: JsonObject): Headers {
  const listed = given === undefined ? [] : Object.entries(object(given));
  const implied = json === undefined ? {} : { 'content-type': 'application/json' };
  return { ...implied, ...Object.fromEntries(listed.map(([name, one]) => [name, text(one)])) };
}

function object(value: Json | undefined): JsonObject {
  if (isObject(value)) return value;
  throw new Error(`A golden file holds ${printable(value)} where an object belongs`);
}

function text(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error(`A golden file holds ${printable(value)} where a text belongs`);
}

function printable(value: Json | undefined): string {
  return value === undefined ? 'nothing' : `a ${typeof value}`;
}
