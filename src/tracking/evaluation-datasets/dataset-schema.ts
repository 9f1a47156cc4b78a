// The schema of an evaluation dataset: the type of each field, as it was first met.
import { isJsonObject, type JsonValue, NumberText, pythonJson, tryParseJson } from '../traces/index.ts';
import type { NewRecord } from './entities.ts';

/** The schema as JSON with the fields of these records in it; undefined while there is none. */
export function extendedSchema(present: string | null, records: readonly NewRecord[]): string | undefined {
  if (records.length === 0) return present ?? undefined;
  const known = tryParseJson(present ?? '{}');
  const schema = isJsonObject(known) ? known : {};
  const inputs = fieldsOf(schema.inputs);
  const expectations = fieldsOf(schema.expectations);
  let outputs: JsonValue = schema.outputs ?? {};
  for (const record of records) {
    addTypes(inputs, record.inputs);
    addTypes(expectations, record.expectations ?? {});
    outputs = withOutputs(outputs, record.outputs);
  }
  return pythonJson({ inputs, outputs, expectations, version: '1.0' });
}

function withOutputs(known: JsonValue, outputs: JsonValue | undefined): JsonValue {
  if (outputs === undefined || outputs === null) return known;
  if (!isJsonObject(outputs))
    return isJsonObject(known) && Object.keys(known).length === 0 ? typeOf(outputs) : known;
  if (!isJsonObject(known)) return known;
  const types = { ...known };
  addTypes(types, outputs);
  return types;
}

function fieldsOf(value: JsonValue | undefined): Record<string, JsonValue> {
  return isJsonObject(value) ? { ...value } : {};
}

function addTypes(types: Record<string, JsonValue>, values: { readonly [key: string]: JsonValue }): void {
  for (const [key, value] of Object.entries(values))
    if (!Object.hasOwn(types, key)) types[key] = typeOf(value);
}

/** `1` is an integer and `1.0` a float, as in Python. */
function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  if (value instanceof NumberText) return /^-?\d+$/.test(value.text) ? 'integer' : 'float';
  if (typeof value !== 'object') return typeof value;
  return Array.isArray(value) ? 'array' : 'object';
}
