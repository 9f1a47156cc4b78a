// Replays a recorded flow against a server and lists every difference between its answers and MLflow's.
import { setTimeout } from 'node:timers/promises';
import { compareJson, compareText, type Mismatch, parsed } from './compare.ts';
import { type Deviation, deviationFor, deviations } from './deviations.ts';
import type { Body, Exchange, GoldenFlow, RecordedAnswer, RecordedRequest } from './golden-flow.ts';
import { mapStrings, printJson } from './json.ts';
import { Bindings } from './placeholders.ts';
import { type RawAnswer, type RawRequest, Sender } from './send.ts';

/** One place where an answer is not MLflow's. */
export type Difference = {
  readonly flow: string;
  /** Number of the exchange in its flow, from 0; it stands on line `index + 2` of the golden file. */
  readonly index: number;
  /** What the client was doing. */
  readonly step: string;
  /** Method and path as sent. */
  readonly request: string;
  /** The place in the answer: `status`, `headers.NAME`, `body`, or a JSON path such as `$.run.info.status`. */
  readonly place: string;
  readonly expected: string;
  readonly got: string;
  /** Why the difference is meant; absent on a fault. */
  readonly reason?: string;
};

/** The result of a replay: faults, and the differences that are meant. */
export type Outcome = {
  readonly flow: string;
  readonly exchanges: number;
  readonly differences: readonly Difference[];
  readonly deliberate: readonly Difference[];
};

/**
 * Replays a flow against the server at `url`, whose store must be empty (experiment 0 aside). Requests go one after
 * the other; a request that needs a value which no answer gave is not sent, and counts as one difference.
 */
export async function replayFlow(
  flow: GoldenFlow,
  url: string,
  { known = deviations }: { readonly known?: readonly Deviation[] } = {},
): Promise<Outcome> {
  const sender = new Sender(url);
  const bindings = new Bindings(sender.host);
  const found: Difference[] = [];
  try {
    for (const [index, exchange] of flow.exchanges.entries()) {
      const request = `${exchange.request.method} ${bindings.show(exchange.request.path)}`;
      for (const mismatch of await replayExchange(exchange, sender, bindings)) {
        const difference = { flow: flow.flow, index, step: exchange.step, request, ...mismatch };
        const { answer, request: sent } = exchange;
        const reason = deviationFor({ ...difference, recorded: answer, sent: sentText(sent) }, known);
        found.push(reason === undefined ? difference : { ...difference, reason });
      }
    }
  } finally {
    sender.close();
  }
  return {
    flow: flow.flow,
    exchanges: flow.exchanges.length,
    differences: found.filter(({ reason }) => reason === undefined),
    deliberate: found.filter(({ reason }) => reason !== undefined),
  };
}

/** The body of a request as text, placeholders unfilled. */
function sentText({ body }: RecordedRequest): string {
  if (body.kind === 'json') return printJson(body.value);
  return body.kind === 'text' ? body.text : '';
}

async function replayExchange(
  { request, answer }: Exchange,
  sender: Sender,
  bindings: Bindings,
): Promise<Mismatch[]> {
  const { raw, missing } = prepare(request, bindings);
  if (missing.length > 0) {
    const got = `(not sent: no answer has given ${missing.join(', ')})`;
    return [{ place: 'status', expected: String(answer.status), got }];
  }
  try {
    const got = await sender.send(raw);
    // Orders by creation time are defined only where two creations do not share a millisecond.
    if (changesState(request)) await setTimeout(2);
    return compareAnswer(answer, got, bindings);
  } catch (error) {
    return [{ place: 'status', expected: String(answer.status), got: `(no answer: ${String(error)})` }];
  }
}

function changesState({ method, path }: RecordedRequest): boolean {
  return method !== 'GET' && !/\/(search|log-[a-z]+|set-tag|batchGet\w*)$/.test(path);
}

function prepare(
  { method, path, headers, body }: RecordedRequest,
  bindings: Bindings,
): { readonly raw: RawRequest; readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const fill = (template: string, encoded = (value: string) => value): string => {
    const filled = bindings.fill(template, encoded);
    for (const name of filled.missing) missing.add(name);
    return filled.text;
  };
  const filledHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, fill(value)]),
  );
  const raw = {
    method,
    path: fill(path, encodeURIComponent),
    headers: filledHeaders,
    body: encode(body, fill),
  };
  return { raw, missing: [...missing] };
}

function encode(body: Body, fill: (template: string) => string): Buffer | undefined {
  switch (body.kind) {
    case 'none':
      return undefined;
    case 'json':
      return Buffer.from(printJson(mapStrings(body.value, (text) => fill(text))));
    case 'text':
      return Buffer.from(fill(body.text));
    case 'bytes':
      return Buffer.concat(
        body.parts.map((part) =>
          part.startsWith('{{') ? Buffer.from(fill(part)) : Buffer.from(part, 'base64'),
        ),
      );
  }
}

function compareAnswer(expected: RecordedAnswer, got: RawAnswer, bindings: Bindings): Mismatch[] {
  const status =
    expected.status === got.status
      ? []
      : [{ place: 'status', expected: String(expected.status), got: String(got.status) }];
  const headers = Object.entries(expected.headers).flatMap(([name, value]) =>
    compareText(value, String(got.headers[name] ?? '(absent)'), { bindings, place: `headers.${name}` }),
  );
  return [...status, ...headers, ...compareBody(expected.body, got.body, bindings)];
}

/** Texts that both hold JSON, as files of it do, may be laid out in different ways. */
function compareTexts(expected: string, got: string, bindings: Bindings): Mismatch[] {
  const [wanted, found] = [parsed(expected), parsed(got)];
  return wanted !== undefined && found !== undefined
    ? compareJson(wanted, found, { bindings })
    : compareText(expected, got, { bindings, place: 'body' });
}

function compareBody(expected: Body, got: Buffer, bindings: Bindings): Mismatch[] {
  switch (expected.kind) {
    case 'none':
      return compareText('', got.toString(), { bindings, place: 'body' });
    case 'text':
      return compareTexts(expected.text, got.toString(), bindings);
    case 'bytes': {
      const recorded = encode(expected, (template) => bindings.show(template)) ?? Buffer.alloc(0);
      return compareText(recorded.toString('base64'), got.toString('base64'), { bindings, place: 'body' });
    }
    case 'json': {
      const actual = parsed(got.toString());
      if (actual !== undefined) return compareJson(expected.value, actual, { bindings });
      return [{ place: 'body', expected: printJson(expected.value), got: got.toString() }];
    }
  }
}
