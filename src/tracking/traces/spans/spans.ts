// Spans: taken as any exporter of OpenTelemetry sends them, and read back with their trace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../../core/index.ts';
import type { Tables, Transaction } from '../../../store/index.ts';
import type { Span, Trace } from '../entities.ts';
import { isJsonObject, tryParseJson } from '../json-text.ts';
import { costKeys, spanAttributes, spansInDatabase, traceMetadata, traceTags } from '../keys.ts';
import type { TraceTables } from '../tables.ts';
import { findTraces, inParts, type TraceRow, toTraceInfos } from '../trace-rows.ts';
import { experimentOf, locationOfTrace, writeTexts } from '../trace-writing.ts';
import { previewOf } from './preview.ts';
import { insertSpans, inTraceOrder, type SpanRow, spanValues, toSpan } from './span-row.ts';
import { numbersOf, translateSpan } from './translate-span.ts';
import { addTotals } from './usage.ts';

/** How long {@link Spans.get} waits for spans that are on their way, in ms. */
const patience = 3_000;

/** Spans of a database. Errors: InputError, NotFoundError. */
export class Spans {
  readonly #tables: Tables<TraceTables>;

  constructor(tables: Tables<TraceTables>) {
    this.#tables = tables;
  }

  /**
   * Keeps spans of any number of traces; traces that are not there yet are made in that experiment. A span that is there
   * is replaced. Each trace is kept whole or not at all.
   */
  async log(experimentId: string, spans: readonly Span[]): Promise<void> {
    const traces = Map.groupBy(spans.map(translateSpan), ({ traceId }) => traceId);
    await Promise.all(
      [...traces].map(([traceId, own]) => {
        if (traceId === '' || traceId.length > 250)
          throw new InputError(
            `Cannot log a span of the trace '${traceId}'; give an id of 1 to 250 characters`,
          );
        return this.#tables.write((transaction) =>
          logTrace(transaction, { experimentId, traceId, spans: own }),
        );
      }),
    );
  }

  /**
   * A trace with its spans. Where some have not arrived yet it waits for them, unless `allowPartial`.
   * @throws NotFoundError where the trace is unknown, or not all of it arrives, or its spans are kept elsewhere
   */
  async get(traceId: string, { allowPartial = false } = {}): Promise<Trace> {
    const deadline = Date.now() + patience;
    for (let pause = 50; ; pause *= 2) {
      const [row] = await findTraces(this.#tables.db, [traceId]);
      if (row === undefined) throw new NotFoundError(`Trace with ID ${traceId} is not found.`);
      const [trace] = await this.#load([row]);
      if (trace !== undefined && (allowPartial || isComplete(trace))) return trace;
      if (Date.now() > deadline)
        throw new NotFoundError(
          `Trace with ID ${traceId} is not fully exported yet, please try again later.`,
        );
      await sleep(pause);
    }
  }

  /** Those of the traces that are there in full, in that order. @throws NotFoundError where spans are kept elsewhere */
  async batchGet(traceIds: readonly string[]): Promise<readonly Trace[]> {
    const traces = await this.#load(await findTraces(this.#tables.db, traceIds));
    return traces.filter((trace) => isComplete(trace) && trace.spans.length > 0);
  }

  async #load(rows: readonly TraceRow[]): Promise<readonly Trace[]> {
    const { db } = this.#tables;
    const infos = await toTraceInfos(db, rows);
    for (const { tags } of infos)
      if (tags[traceTags.spansLocation] !== spansInDatabase)
        throw new NotFoundError('Trace data not stored in tracking store');
    const spans = await readSpans(
      db,
      rows.map(({ id }) => id),
    );
    return infos.map((info, index) => ({
      info,
      spans: inTraceOrder((spans.get(rows[index]!.id) ?? []).map((row) => toSpan(info.traceId, row))),
    }));
  }
}

async function readSpans(
  db: Kysely<TraceTables>,
  traces: readonly number[],
): Promise<ReadonlyMap<number, readonly SpanRow[]>> {
  const rows: (SpanRow & { readonly trace: number })[] = [];
  for (const part of inParts(traces))
    rows.push(
      ...(await db
        .selectFrom('spans')
        .select(['trace', 'span_id', 'parent_id', 'name', 'status', 'content'])
        .where('trace', 'in', part)
        .execute()),
    );
  return Map.groupBy(rows, ({ trace }) => trace);
}

/** Whether as many spans are there as the client said it made. */
function isComplete({ info, spans }: Trace): boolean {
  const stats = tryParseJson(info.metadata[traceMetadata.sizeStats] ?? 'null');
  const expected = isJsonObject(stats) ? stats.num_spans : 0;
  return typeof expected !== 'number' || spans.length >= expected;
}

type SpansOfTrace = {
  readonly experimentId: string;
  readonly traceId: string;
  readonly spans: readonly Span[];
};

async function logTrace(transaction: Transaction<TraceTables>, logged: SpansOfTrace): Promise<void> {
  const { spans } = logged;
  const row = await traceFor(transaction, logged);
  const fresh = await withoutCounted(transaction, row.id, spans);
  // Of a span that comes twice in one request the last counts, as it would in two.
  const last = new Map(spans.map((span) => [span.spanId, span]));
  await transaction.insertMany(
    insertSpans,
    [...last.values()].map((span) => spanValues(row.id, span)),
  );
  await transaction.insertMany(
    insertSpanMetrics,
    [...last.values()].flatMap((span) => costRows(row.id, span)),
  );
  await transaction.db.updateTable('traces').set(grown(row, spans)).where('id', '=', row.id).execute();
  await addTotals(transaction, row.id, fresh);
  await writeTexts(transaction, 'trace_tags', {
    trace: row.id,
    texts: { [traceTags.spansLocation]: spansInDatabase },
  });
  const session = spans.map(({ attributes }) => tryParseJson(attributes[spanAttributes.session] ?? 'null'));
  const first = session.find((value) => typeof value === 'string' && value !== '');
  if (typeof first === 'string')
    await writeTexts(transaction, 'trace_metadata', {
      trace: row.id,
      texts: { [traceMetadata.session]: first },
      keep: true,
    });
}

const insertSpanMetrics = {
  into: 'span_metrics',
  columns: { trace: 'bigint', span_id: 'text', key: 'text', value: 'double precision' },
  onConflict: 'on conflict (trace, span_id, key) do update set value = excluded.value',
} as const;

function costRows(trace: number, { spanId, attributes }: Span): readonly (string | number)[][] {
  const cost = numbersOf(attributes[spanAttributes.cost], costKeys);
  return Object.entries(cost).map(([key, value]) => [trace, spanId, key, value]);
}

/** The row of the trace, made where it is not there. No other transaction changes it before this one ends. */
async function traceFor(
  transaction: Transaction<TraceTables>,
  { experimentId, traceId, spans }: SpansOfTrace,
): Promise<TraceRow> {
  const { db, dialect } = transaction;
  const query = db.selectFrom('traces').selectAll().where('trace_id', '=', traceId);
  const locked = dialect === 'postgres' ? query.forUpdate() : query;
  const present = await locked.executeTakeFirst();
  if (present !== undefined) return present;
  const experiment = await experimentOf(db, experimentId);
  const times = grown(undefined, spans);
  const made = await db
    .insertInto('traces')
    .values({ trace_id: traceId, experiment: experiment.id, state: 'IN_PROGRESS', ...times })
    .onConflict((conflict) => conflict.column('trace_id').doNothing())
    .returningAll()
    .executeTakeFirst();
  // Another process made it meanwhile.
  if (made === undefined) return locked.executeTakeFirstOrThrow();
  const location = locationOfTrace(experiment.artifact_location, traceId);
  await writeTexts(transaction, 'trace_tags', {
    trace: made.id,
    texts: { [traceTags.artifactLocation]: location },
  });
  return made;
}

/** The trace's columns with these spans in it: it lasts from the first start to the last end, and ends as its root does. */
function grown(row: TraceRow | undefined, spans: readonly Span[]) {
  const start = Math.min(
    row?.request_time ?? Number.POSITIVE_INFINITY,
    ...spans.map((span) => toMs(span.startTime)),
  );
  const ends = spans.flatMap(({ endTime }) => (endTime === undefined ? [] : [toMs(endTime)]));
  if (row !== undefined && row.duration !== null) ends.push(row.request_time + row.duration);
  const root = spans.find(({ parentId }) => parentId === undefined);
  const isOpen = row === undefined || row.state === 'IN_PROGRESS' || row.state === 'STATE_UNSPECIFIED';
  return {
    request_time: start,
    duration: ends.length === 0 ? null : Math.max(...ends) - start,
    ...(root !== undefined &&
      isOpen && { state: root.status === 'ERROR' ? ('ERROR' as const) : ('OK' as const) }),
    request_preview: row?.request_preview ?? preview(root?.attributes[spanAttributes.inputs], 'user'),
    response_preview: row?.response_preview ?? preview(root?.attributes[spanAttributes.outputs], 'assistant'),
  };
}

function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}

function preview(json: string | undefined, role: 'user' | 'assistant'): string | null {
  return json === undefined ? null : previewOf(json, role);
}

/** The spans whose usage is not counted yet: an exporter that got no answer sends a span again. */
async function withoutCounted(
  { db }: Transaction<TraceTables>,
  trace: number,
  spans: readonly Span[],
): Promise<readonly Span[]> {
  const counting = [...new Map(spans.map((span) => [span.spanId, span])).values()].filter(
    ({ attributes }) => spanAttributes.tokenUsage in attributes || spanAttributes.cost in attributes,
  );
  const counted = new Set<string>();
  for (const part of inParts(counting.map(({ spanId }) => spanId))) {
    const rows = await db
      .selectFrom('spans')
      .select(['span_id', 'content'])
      .where('trace', '=', trace)
      .where('span_id', 'in', part)
      .execute();
    for (const { span_id, content } of rows)
      if ([spanAttributes.tokenUsage, spanAttributes.cost].some((key) => content.includes(`"${key}"`)))
        counted.add(span_id);
  }
  return counting.filter(({ spanId }) => !counted.has(spanId));
}
