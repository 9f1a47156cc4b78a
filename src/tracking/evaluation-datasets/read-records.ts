// Reads records as clients send them: a JSON list in a text.
import { InputError } from '../../core/index.ts';
import { isJsonObject, type JsonValue, tryParseJson } from '../traces/index.ts';
import { type NewRecord, type RecordSource, recordSourceTypes } from './entities.ts';

/** @throws InputError for what is no list of records, naming the first that is none */
export function readRecords(json: string): readonly NewRecord[] {
  const list = tryParseJson(json);
  if (!Array.isArray(list))
    throw new InputError('Cannot read the records: they are no JSON list; send a list of objects');
  return list.map((record: JsonValue, index) => readRecord(record, `records[${index}]`));
}

function readRecord(record: JsonValue, path: string): NewRecord {
  if (!isJsonObject(record)) throw new InputError(`Cannot read ${path}: it is no JSON object`);
  return {
    inputs: objectIn(record, 'inputs', path) ?? {},
    outputs: record.outputs,
    expectations: objectIn(record, 'expectations', path),
    tags: objectIn(record, 'tags', path),
    source: readSource(record, path),
  };
}

type JsonObject = { readonly [key: string]: JsonValue };

function objectIn(record: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = record[key] ?? undefined;
  if (value !== undefined && !isJsonObject(value))
    throw new InputError(`Cannot read ${path}.${key}: it is no JSON object`);
  return value;
}

function readSource(record: JsonObject, path: string): RecordSource | undefined {
  const source = objectIn(record, 'source', path);
  if (source === undefined || Object.keys(source).length === 0) return undefined;
  const written = String(source.source_type).toUpperCase();
  const type = recordSourceTypes.find((known) => known === written);
  if (type === undefined)
    throw new InputError(
      `Invalid dataset record source type: ${written}. Valid source types: [${recordSourceTypes.map((known) => `'${known}'`).join(', ')}]`,
    );
  return { type, data: objectIn(source, 'source_data', `${path}.source`) ?? {} };
}
