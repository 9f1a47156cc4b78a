// A record as a row: made, merged with what comes later, read back.
import { createHash, randomUUID } from 'node:crypto';
import { isJsonObject, type JsonValue, parseJson, pythonJson } from '../traces/index.ts';
import type { DatasetRecord, NewRecord, RecordSource } from './entities.ts';
import type { EvaluationDatasetTables } from './tables.ts';

export type RecordRow = Omit<EvaluationDatasetTables['evaluation_dataset_records'], 'id'>;

/** The tag that says who a change is by. */
const userTag = 'mlflow.user';

/** What tells records of a dataset apart. */
export function inputHash({ inputs }: NewRecord): string {
  return createHash('sha256')
    .update(pythonJson(inputs, { sortKeys: true, ascii: true }))
    .digest('hex');
}

/** Who a record is by, where it says so. */
export function userOf({ tags }: Pick<NewRecord, 'tags'>): string | undefined {
  const user = tags?.[userTag];
  return typeof user === 'string' ? user : undefined;
}

export function newRecordRow(
  record: NewRecord,
  { dataset, hash, now }: { readonly dataset: number; readonly hash: string; readonly now: number },
): RecordRow {
  const user = userOf(record) ?? null;
  return {
    record_id: `dr-${randomUUID().replaceAll('-', '')}`,
    dataset,
    input_hash: hash,
    inputs: pythonJson(record.inputs),
    outputs: outputsOf(record.outputs === undefined ? {} : record.outputs),
    expectations: record.expectations === undefined ? null : pythonJson(record.expectations),
    tags: pythonJson(record.tags ?? {}),
    source: record.source === undefined ? null : sourceJson(record.source),
    source_id: record.source === undefined ? null : sourceId(record.source),
    source_type: record.source?.type ?? null,
    created_at: now,
    updated_at: now,
    created_by: user,
    updated_by: user,
  };
}

/** The row after a record with the same inputs came: outputs are replaced, expectations and tags added. */
export function mergedRow(row: RecordRow, record: NewRecord, now: number): RecordRow {
  return {
    ...row,
    outputs: record.outputs === undefined ? row.outputs : outputsOf(record.outputs),
    expectations: mergeJson(row.expectations, record.expectations),
    tags: mergeJson(row.tags, record.tags) ?? row.tags,
    updated_at: now,
    updated_by: userOf(record) ?? row.updated_by,
  };
}

export function toRecord(datasetId: string, row: RecordRow): DatasetRecord {
  return {
    recordId: row.record_id,
    datasetId,
    inputs: row.inputs,
    outputs: row.outputs ?? undefined,
    expectations: row.expectations ?? undefined,
    tags: row.tags,
    source: row.source ?? undefined,
    sourceId: row.source_id ?? undefined,
    sourceType: row.source_type ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    createdBy: row.created_by ?? undefined,
    updatedBy: row.updated_by ?? undefined,
  };
}

function outputsOf(outputs: JsonValue): string | null {
  return outputs === null ? null : pythonJson(outputs);
}

function sourceJson({ type, data }: RecordSource): string {
  return pythonJson({ source_type: type, source_data: data });
}

function sourceId({ type, data }: RecordSource): string | null {
  const id = data[type === 'TRACE' ? 'trace_id' : 'source_id'];
  return typeof id === 'string' ? id : null;
}

function mergeJson(
  present: string | null,
  more: { readonly [key: string]: JsonValue } | undefined,
): string | null {
  if (more === undefined || Object.keys(more).length === 0) return present;
  const value = present === null ? {} : parseJson(present);
  return pythonJson({ ...(isJsonObject(value) && value), ...more });
}
