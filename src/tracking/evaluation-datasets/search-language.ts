// The search language of evaluation datasets, and what its comparisons mean in SQL on the row `d`.
import { type Expression, type SqlBool, sql } from 'kysely';
import {
  type Comparison,
  type DialectName,
  EXPERIMENTS,
  type FilterLanguage,
  numberCondition,
  textCondition,
} from '../../store/index.ts';

const text = { kind: 'text', operators: ['!=', '=', 'LIKE', 'ILIKE'] } as const;
const number = { kind: 'number', operators: ['>', '>=', '!=', '=', '<', '<='] } as const;

const columns: Readonly<Record<string, string>> = {
  name: 'd.name',
  created_time: 'd.created_at',
  last_update_time: 'd.updated_at',
  created_by: 'd.created_by',
  last_updated_by: 'd.updated_by',
};

const ordered = {
  name: { ...text, type: 'attribute', key: 'name' },
  created_time: { ...number, type: 'attribute', key: 'created_time' },
  last_update_time: { ...number, type: 'attribute', key: 'last_update_time' },
} as const;

const searched = {
  ...ordered,
  created_by: { ...text, type: 'attribute', key: 'created_by' },
  last_updated_by: { ...text, type: 'attribute', key: 'last_updated_by' },
} as const;

/** Evaluation datasets: name, times, who made and changed them, tags. */
export const EVALUATION_DATASETS: FilterLanguage = {
  ...EXPERIMENTS,
  name: 'evaluation datasets',
  types: { tags: 'tag', tag: 'tag' },
  fields: { attribute: { named: searched }, tag: { any: text } },
  orderable: { attribute: { named: ordered } },
  texts: {
    ...EXPERIMENTS.texts,
    type: (found) => `Invalid identifier token '${found}' specified`,
    key: ({ key }, known) => wrongKey(key, known),
    orderKey: ({ key }, known) => wrongKey(key, known),
  },
};

/** The column of an attribute. */
export function datasetColumn(key: string): Expression<string | number | null> {
  const column = columns[key];
  if (column === undefined) throw new RangeError(`No column for the attribute '${key}'`);
  return sql.ref(column);
}

export function datasetCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { type, key } = comparison;
  if (type === 'attribute') return compare(datasetColumn(key), comparison, dialect);
  const value = compare(sql.ref('g.value'), comparison, dialect);
  return sql`exists (select 1 from evaluation_dataset_tags as g where g.dataset = d.id and g.key = ${key} and ${value})`;
}

function compare(
  column: Expression<unknown>,
  comparison: Comparison,
  dialect: DialectName,
): Expression<SqlBool> {
  return typeof comparison.value === 'number'
    ? numberCondition(sql`${column}`, comparison)
    : textCondition(sql`${column}`, comparison, dialect);
}

function wrongKey(key: string, known: readonly string[]): string {
  const names = known.toSorted().map((name) => `'${name}'`);
  return `Invalid attribute key '${key}' specified. Valid keys are: {${names.join(', ')}}`;
}
