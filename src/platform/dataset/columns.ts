// Columns of a dataset in MLflow's types (its "colspec"), told from rows.

/** MLflow's types of single values. */
export type ScalarType =
  | 'boolean'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'datetime'
  | 'any';

/** A type as MLflow writes it in JSON. */
export type ColumnType =
  | { readonly type: ScalarType }
  | { readonly type: 'array'; readonly items: ColumnType }
  | { readonly type: 'object'; readonly properties: Readonly<Record<string, PropertyType>> };

/** A member of an object; `required`: every object has it. */
export type PropertyType = ColumnType & { readonly required: boolean };

/** A column; `required`: every row has a value. */
export type DatasetColumn = ColumnType & { readonly name: string; readonly required: boolean };

type Row = Readonly<Record<string, unknown>>;

/** The columns of some rows, in the order in which they first appear. Values of several types make a column of `any`. */
export function columnsOf(rows: Iterable<Row>): DatasetColumn[] {
  const all = [...rows];
  return memberNames(all).map((name) => {
    const values = all.map((row) => member(row, name));
    return { ...typeOf(values), name, required: values.every(isPresent) };
  });
}

/** The type of values that stand in one place. What is empty tells no type. */
function typeOf(values: readonly unknown[]): ColumnType {
  const telling = values.filter((value) => isPresent(value) && !isEmpty(value));
  const kinds = new Set(telling.map(kindOf));
  if (kinds.size === 2 && kinds.has('long') && kinds.has('double')) return { type: 'double' };
  const [kind, ...others] = kinds;
  if (kind === undefined || others.length > 0) return { type: 'any' };
  if (kind === 'array') return { type: 'array', items: typeOf(telling.flat()) };
  return kind === 'object' ? objectType(telling.filter(isRecord)) : { type: kind };
}

function objectType(objects: readonly Row[]): ColumnType {
  const properties = memberNames(objects)
    .sort()
    .map((name) => {
      const values = objects.map((object) => member(object, name));
      return [name, { ...typeOf(values), required: values.every(isPresent) }] as const;
    });
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function kindOf(value: unknown): ScalarType | 'array' | 'object' {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'long' : 'double';
  if (typeof value === 'bigint') return 'long';
  if (value instanceof Date) return 'datetime';
  if (value instanceof Uint8Array) return 'binary';
  if (Array.isArray(value)) return 'array';
  return isRecord(value) ? 'object' : 'any';
}

function memberNames(objects: readonly Row[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

function member(object: Row, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return kindOf(value) === 'object' && isRecord(value) && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
