// Traces: recorded, found by their id, tagged, linked to runs and prompts, deleted.
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { Tables } from '../../store/index.ts';
import { parseExperimentId, refuseDeleted } from '../experiments.ts';
import { checkedTag } from '../limits.ts';
import { assessmentValues, insertAssessments, newAssessmentRow } from './assessment-row.ts';
import type { NewTrace, PromptVersion, TextMap, TraceInfo, TraceState } from './entities.ts';
import { tokenKeys, traceMetadata, traceTags } from './keys.ts';
import { numbersOf } from './spans/translate-span.ts';
import { writeTokenMetrics } from './spans/usage.ts';
import type { LinkKind, TraceTables } from './tables.ts';
import { findTraces, inParts, type TraceRow, toTraceInfos } from './trace-rows.ts';
import { experimentOf, locationOfTrace, writeTexts } from './trace-writing.ts';

/** Which traces of an experiment to delete: those with these ids, or the oldest up to a time. */
export type TraceDeletion = {
  readonly maxTimestamp?: number | undefined;
  /** At most that many, the oldest first; only with `maxTimestamp`. */
  readonly maxTraces?: number | undefined;
  readonly traceIds?: readonly string[];
};

/** How a trace ended. */
export type TraceEnd = {
  /** Milliseconds since 1970. */
  readonly endTime: number;
  readonly state: TraceState;
  readonly metadata: TextMap;
  readonly tags: TextMap;
};

const mostLinks = 100;

/** Traces of a database. Errors: NotFoundError, StateError (a deleted experiment), InputError. */
export class Traces {
  readonly #tables: Tables<TraceTables>;

  constructor(tables: Tables<TraceTables>) {
    this.#tables = tables;
  }

  /**
   * Records a trace. Its spans may have come before it: what they told then stays where the trace does not say otherwise.
   */
  async start(trace: NewTrace): Promise<TraceInfo> {
    checkTraceId(trace.traceId);
    return this.#tables.write(async (transaction) => {
      const { db } = transaction;
      const experiment = await experimentOf(db, trace.experimentId);
      refuseDeleted(experiment);
      const row = await upsertTrace(db, trace, experiment.id);
      const location = locationOfTrace(experiment.artifact_location, trace.traceId);
      const tags = { ...trace.tags, [traceTags.artifactLocation]: location };
      await writeTexts(transaction, 'trace_tags', { trace: row.id, texts: tags });
      await writeTexts(transaction, 'trace_metadata', { trace: row.id, texts: trace.metadata });
      const tokens = numbersOf(trace.metadata[traceMetadata.tokenUsage], tokenKeys);
      await writeTokenMetrics(transaction, row.id, tokens);
      const assessments = trace.assessments.map((one) => assessmentValues(newAssessmentRow(row.id, one)));
      await transaction.insertMany(insertAssessments, assessments);
      return one(await toTraceInfos(db, [row]));
    });
  }

  /** Ends a trace that was recorded when it began. */
  async end(traceId: string, { endTime, state, metadata, tags }: TraceEnd): Promise<TraceInfo> {
    return this.#tables.write(async (transaction) => {
      const { db } = transaction;
      const row = await this.#find(db, traceId);
      const ended = { duration: endTime - row.request_time, state };
      await db.updateTable('traces').set(ended).where('id', '=', row.id).execute();
      await writeTexts(transaction, 'trace_metadata', { trace: row.id, texts: metadata });
      await writeTexts(transaction, 'trace_tags', { trace: row.id, texts: tags });
      return one(await toTraceInfos(db, [{ ...row, ...ended }]));
    });
  }

  async get(traceId: string): Promise<TraceInfo> {
    const { db } = this.#tables;
    return one(await toTraceInfos(db, [await this.#find(db, traceId)]));
  }

  /** Those of the traces that are there, in that order. */
  async batchGet(traceIds: readonly string[]): Promise<readonly TraceInfo[]> {
    const { db } = this.#tables;
    return toTraceInfos(db, await findTraces(db, traceIds));
  }

  async setTag(traceId: string, key: string, value: string): Promise<void> {
    const tag = checkedTag({ key, value });
    await this.#tables.write(async (transaction) => {
      const { id } = await this.#find(transaction.db, traceId);
      await writeTexts(transaction, 'trace_tags', { trace: id, texts: { [tag.key]: tag.value } });
    });
  }

  async deleteTag(traceId: string, key: string): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      const [row] = await findTraces(db, [traceId]);
      const { numDeletedRows } = await db
        .deleteFrom('trace_tags')
        .where('trace', '=', row?.id ?? -1)
        .where('key', '=', key)
        .executeTakeFirst();
      if (numDeletedRows === 0n)
        throw new NotFoundError(`No trace tag with key '${key}' for trace with ID '${traceId}'`);
    });
  }

  /** Deletes traces for good, with all that belongs to them; resolves to how many there were. */
  async delete(experimentId: string, deletion: TraceDeletion): Promise<number> {
    checkDeletion(deletion);
    const experiment = parseExperimentId(experimentId);
    const { maxTimestamp, maxTraces, traceIds = [] } = deletion;
    return this.#tables.write(async ({ db }) => {
      const parts = maxTimestamp === undefined ? inParts(traceIds) : [undefined];
      let count = 0;
      for (const part of parts) {
        let doomed = db.selectFrom('traces').select(['id', 'trace_id']).where('experiment', '=', experiment);
        if (part !== undefined) doomed = doomed.where('trace_id', 'in', part);
        if (maxTimestamp !== undefined) doomed = doomed.where('request_time', '<=', maxTimestamp);
        if (maxTraces !== undefined) doomed = doomed.orderBy('request_time').orderBy('id').limit(maxTraces);
        count += await deleteTraces(db, await doomed.execute());
      }
      return count;
    });
  }

  /** Links traces, which may not have arrived yet, to a run; at most 100 in one call. */
  async linkToRun(traceIds: readonly string[], runId: string): Promise<void> {
    if (traceIds.length > mostLinks)
      throw new InputError(
        `Cannot link more than ${mostLinks} traces to a run in a single request. Provided ${traceIds.length} traces.`,
      );
    await this.#link(traceIds.map((traceId) => ['run', runId, traceId]));
  }

  async linkPrompts(traceId: string, prompts: readonly PromptVersion[]): Promise<void> {
    await this.#link(prompts.map(({ name, version }) => ['prompt', `${name}/${version}`, traceId]));
  }

  async #link(links: readonly (readonly [LinkKind, target: string, traceId: string])[]): Promise<void> {
    for (const [, target, traceId] of links) {
      checkTraceId(traceId);
      if (target.length > 600)
        throw new InputError(
          `Cannot link a trace to '${target.slice(0, 60)}...'; 600 characters are allowed`,
        );
    }
    const columns = { kind: 'text', target: 'text', trace_id: 'text' } as const;
    const statement = { into: 'trace_links', columns, onConflict: 'on conflict do nothing' };
    await this.#tables.write(({ insertMany }) => insertMany(statement, links));
  }

  async #find(db: Kysely<TraceTables>, traceId: string): Promise<TraceRow> {
    const [row] = await findTraces(db, [traceId]);
    if (row === undefined) throw new NotFoundError(`Trace with ID '${traceId}' not found.`);
    return row;
  }
}

async function upsertTrace(db: Kysely<TraceTables>, trace: NewTrace, experiment: number): Promise<TraceRow> {
  const values = {
    trace_id: trace.traceId,
    experiment,
    request_time: trace.requestTime,
    duration: trace.executionDuration ?? null,
    state: trace.state,
    client_request_id: trace.clientRequestId ?? null,
    request_preview: trace.requestPreview ?? null,
    response_preview: trace.responsePreview ?? null,
  };
  return db
    .insertInto('traces')
    .values(values)
    .onConflict((conflict) =>
      conflict.column('trace_id').doUpdateSet(({ ref, fn }) => ({
        ...values,
        request_preview: fn.coalesce('excluded.request_preview', ref('traces.request_preview')),
        response_preview: fn.coalesce('excluded.response_preview', ref('traces.response_preview')),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function deleteTraces(
  db: Kysely<TraceTables>,
  traces: readonly { readonly id: number; readonly trace_id: string }[],
): Promise<number> {
  for (const part of inParts(traces)) {
    await db
      .deleteFrom('trace_links')
      .where(
        'trace_id',
        'in',
        part.map(({ trace_id }) => trace_id),
      )
      .execute();
    await db
      .deleteFrom('traces')
      .where(
        'id',
        'in',
        part.map(({ id }) => id),
      )
      .execute();
  }
  return traces.length;
}

function checkDeletion({ maxTimestamp, maxTraces, traceIds = [] }: TraceDeletion): void {
  if (maxTimestamp === undefined && traceIds.length === 0)
    throw new InputError('Either `max_timestamp_millis` or `trace_ids` must be specified.');
  if (maxTimestamp !== undefined && traceIds.length > 0)
    throw new InputError('Only one of `max_timestamp_millis` and `trace_ids` can be specified.');
  if (traceIds.length > 0 && maxTraces !== undefined)
    throw new InputError("`max_traces` can't be specified if `trace_ids` is specified.");
  if (maxTraces !== undefined && maxTraces <= 0)
    throw new InputError(`\`max_traces\` must be a positive integer, received ${maxTraces}.`);
}

function checkTraceId(traceId: string): void {
  if (traceId === '' || traceId.length > 250)
    throw new InputError(
      `Cannot record a trace with the id '${traceId.slice(0, 60)}'; give 1 to 250 characters`,
    );
}

function one(infos: readonly TraceInfo[]): TraceInfo {
  const [info] = infos;
  if (info === undefined) throw new NotFoundError('Trace not found.');
  return info;
}
