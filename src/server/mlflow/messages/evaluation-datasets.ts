// The messages about evaluation datasets, and ours as theirs.
import { InputError } from '../../../core/index.ts';
import {
  type DatasetRecord,
  type EvaluationDataset,
  isJsonObject,
  pythonJson,
  type TextMap,
  tryParseJson,
} from '../../../tracking/index.ts';
import { int64, message, type Output, repeated, string } from '../wire/index.ts';

/** Tags, schema and profile are JSON in texts. */
export const datasetMessage = message({
  dataset_id: string(),
  name: string(),
  tags: string(),
  schema: string(),
  profile: string(),
  digest: string(),
  created_time: int64(),
  last_update_time: int64(),
  created_by: string(),
  last_updated_by: string(),
  experiment_ids: repeated(string()),
});

export function toDatasetMessage(
  dataset: EvaluationDataset,
  experimentIds: readonly string[] = [],
): Output<typeof datasetMessage> {
  return {
    dataset_id: dataset.datasetId,
    name: dataset.name,
    tags: pythonJson(dataset.tags, { ascii: true }),
    schema: dataset.schema,
    profile: dataset.profile,
    digest: dataset.digest,
    created_time: dataset.createdAt,
    last_update_time: dataset.updatedAt,
    created_by: dataset.createdBy,
    last_updated_by: dataset.updatedBy,
    experiment_ids: experimentIds,
  };
}

/** Tags of a request: a JSON object in a text. A tag without a value is passed over, as MLflow does. */
export function readTags(json: string | undefined): TextMap {
  if (json === undefined || json === '') return {};
  const tags = tryParseJson(json);
  if (!isJsonObject(tags))
    throw new InputError('Cannot read the tags: they are no JSON object; send texts by their keys');
  const pairs = Object.entries(tags).filter(([, value]) => value !== null);
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, typeof value === 'string' ? value : pythonJson(value)]),
  );
}

/** Records as JSON in one text. */
export function writeRecords(records: readonly DatasetRecord[]): string {
  return `[${records.map(writeRecord).join(', ')}]`;
}

function writeRecord(record: DatasetRecord): string {
  const members: readonly (readonly [key: string, json: string | undefined])[] = [
    ['dataset_record_id', quoted(record.recordId)],
    ['dataset_id', quoted(record.datasetId)],
    ['inputs', record.inputs],
    ['expectations', record.expectations],
    ['tags', record.tags],
    ['source', record.source],
    ['source_id', quoted(record.sourceId)],
    ['source_type', quoted(record.sourceType)],
    ['created_time', String(record.createdAt)],
    ['last_update_time', String(record.updatedAt)],
    ['created_by', quoted(record.createdBy)],
    ['last_updated_by', quoted(record.updatedBy)],
    ['outputs', record.outputs],
  ];
  return `{${members.flatMap(([key, json]) => (json === undefined ? [] : [`"${key}": ${json}`])).join(', ')}}`;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}
