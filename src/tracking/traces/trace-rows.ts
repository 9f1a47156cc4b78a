// Traces as rows: what belongs to many of them is read in one query per table.
import type { Kysely } from 'kysely';
import { type AssessmentRow, toAssessment } from './assessment-row.ts';
import type { TextMap, TraceInfo, TraceState } from './entities.ts';
import type { TraceTables } from './tables.ts';

export type TraceRow = {
  readonly id: number;
  readonly trace_id: string;
  readonly experiment: number;
  readonly request_time: number;
  readonly duration: number | null;
  readonly state: TraceState;
  readonly client_request_id: string | null;
  readonly request_preview: string | null;
  readonly response_preview: string | null;
};

/** Values in one `in (...)`: a database takes only so many. */
const partSize = 1000;

/** Parts of a list that fit into one query each. */
export function inParts<T>(values: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / partSize) }, (_, index) =>
    values.slice(index * partSize, (index + 1) * partSize),
  );
}

/** The rows of those trace ids, in that order; unknown ids are left out. */
export async function findTraces(
  db: Kysely<TraceTables>,
  traceIds: readonly string[],
): Promise<readonly TraceRow[]> {
  const found = new Map<string, TraceRow>();
  for (const part of inParts([...new Set(traceIds)])) {
    const rows = await db.selectFrom('traces').selectAll().where('trace_id', 'in', part).execute();
    for (const row of rows) found.set(row.trace_id, row);
  }
  return [...new Set(traceIds)].flatMap((traceId) => found.get(traceId) ?? []);
}

/** What is known of the traces of those rows, in their order. */
export async function toTraceInfos(
  db: Kysely<TraceTables>,
  rows: readonly TraceRow[],
): Promise<readonly TraceInfo[]> {
  const ids = rows.map(({ id }) => id);
  const tags = await readTexts(db, 'trace_tags', ids);
  const metadata = await readTexts(db, 'trace_metadata', ids);
  const assessments = await readAssessments(db, ids);
  return rows.map((row) => ({
    traceId: row.trace_id,
    experimentId: String(row.experiment),
    requestTime: row.request_time,
    executionDuration: row.duration ?? undefined,
    state: row.state,
    clientRequestId: row.client_request_id ?? undefined,
    requestPreview: row.request_preview ?? undefined,
    responsePreview: row.response_preview ?? undefined,
    tags: tags.get(row.id) ?? {},
    metadata: metadata.get(row.id) ?? {},
    assessments: (assessments.get(row.id) ?? []).map((one) => toAssessment(row.trace_id, one)),
  }));
}

async function readTexts(
  db: Kysely<TraceTables>,
  table: 'trace_tags' | 'trace_metadata',
  ids: readonly number[],
): Promise<ReadonlyMap<number, TextMap>> {
  const entries = new Map<number, [string, string][]>();
  for (const part of inParts(ids)) {
    const rows = await db.selectFrom(table).selectAll().where('trace', 'in', part).orderBy('key').execute();
    for (const { trace, key, value } of rows) push(entries, trace, [key, value]);
  }
  return new Map([...entries].map(([trace, pairs]) => [trace, Object.fromEntries(pairs)]));
}

async function readAssessments(
  db: Kysely<TraceTables>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly AssessmentRow[]>> {
  const found = new Map<number, AssessmentRow[]>();
  for (const part of inParts(ids)) {
    const rows = await db
      .selectFrom('assessments')
      .selectAll()
      .where('trace', 'in', part)
      .orderBy('id')
      .execute();
    for (const row of rows) push(found, row.trace, row);
  }
  return found;
}

function push<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
