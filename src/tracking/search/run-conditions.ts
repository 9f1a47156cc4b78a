// What a comparison of the search language means for a run, as SQL on the row `r` of the table of runs.
import { type Expression, type SqlBool, sql } from 'kysely';
import { type Comparison, type DialectName, numberCondition, textCondition } from '../../store/index.ts';
import { datasetCondition } from '../inputs/index.ts';

/** The numbers of the names that a search speaks of; a name that was never logged has none. */
export type KnownNames = ReadonlyMap<string, number>;

export type ConditionContext = { readonly names: KnownNames; readonly dialect: DialectName };

/** Where values of a type of entity lie. */
export const valueTables = { metric: 'latest_metrics', parameter: 'params', tag: 'run_tags' } as const;
export type KeyedType = keyof typeof valueTables;

export function isKeyed(type: string): type is KeyedType {
  return Object.hasOwn(valueTables, type);
}

type Attribute =
  | { readonly column: Expression<string>; readonly holds: 'text'; readonly isNullable: false }
  | { readonly column: Expression<number | null>; readonly holds: 'number'; readonly isNullable: boolean };

const columns: Readonly<Record<string, Attribute>> = {
  run_id: text('r.run_id'),
  run_name: text('r.name'),
  status: text('r.status'),
  artifact_uri: text('r.artifact_uri'),
  user_id: text('r.user_id'),
  start_time: { column: sql.ref('r.start_time'), holds: 'number', isNullable: false },
  end_time: { column: sql.ref('r.end_time'), holds: 'number', isNullable: true },
};

function text(name: string): Attribute {
  return { column: sql.ref(name), holds: 'text', isNullable: false };
}

/** The column of an attribute that the search language knows. */
export function attributes(key: string): Attribute {
  const attribute = columns[key];
  if (attribute === undefined) throw new RangeError(`No column for the attribute '${key}'`);
  return attribute;
}

/** True for runs that the comparison holds for. One about a key that a run lacks is false, but for IS NULL. */
export function runCondition(comparison: Comparison, context: ConditionContext): Expression<SqlBool> {
  const { type, key } = comparison;
  if (type === 'dataset') return datasetCondition(comparison, context.dialect);
  if (!isKeyed(type)) return attributeCondition(comparison, context.dialect);
  const name = context.names.get(key);
  const { operator } = comparison;
  if (name === undefined) return operator === 'IS NULL' ? always : never;
  if (operator === 'IS NULL' || operator === 'IS NOT NULL')
    return has(type, name, operator === 'IS NOT NULL');
  // The value is fetched by its key. Were it `exists (... and value > x)`, SQLite would look through all runs with such a value.
  const table = sql.table(valueTables[type]);
  const condition = valueCondition(type, comparison, context.dialect);
  return sql`(select ${condition} from ${table} as v where v.run = r.id and v.name = ${name})`;
}

const always: Expression<SqlBool> = sql`1 = 1`;
const never: Expression<SqlBool> = sql`1 = 0`;

function attributeCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const attribute = attributes(comparison.key);
  return attribute.holds === 'number'
    ? numberCondition(attribute.column, comparison)
    : textCondition(attribute.column, comparison, dialect);
}

function has(type: KeyedType, name: number, wanted: boolean): Expression<SqlBool> {
  const table = sql.table(valueTables[type]);
  const found = sql`exists (select 1 from ${table} as v where v.run = r.id and v.name = ${name})`;
  return wanted ? sql`${found}` : sql`not ${found}`;
}

/** The comparison on a row `v` of the table of its type; of a metric NaN differs from every number and is neither less nor greater. */
export function valueCondition(
  type: KeyedType,
  comparison: Comparison,
  dialect: DialectName,
): Expression<SqlBool> {
  const { operator, value } = comparison;
  if (type === 'metric') {
    const condition = numberCondition(sql.ref('v.value'), comparison);
    return operator === '!=' ? sql`(v.is_nan = 1 or ${condition})` : sql`(v.is_nan = 0 and ${condition})`;
  }
  const condition = textCondition(sql.ref('v.value'), comparison, dialect);
  // The index holds the beginning of a value. A cast around the parameter would keep SQLite from it.
  return operator === '=' && typeof value === 'string'
    ? sql`(substr(v.value, 1, 200) = ${beginning(value)} and ${condition})`
    : condition;
}

/** The first 200 code points, as `substr` counts: what the index of a text holds. */
export function beginning(text: string): string {
  return text.length <= 200 ? text : Array.from(text).slice(0, 200).join('');
}
