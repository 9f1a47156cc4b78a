// What a filter of the search language means for a trace, as SQL on the row `t` of the table of traces.
import { type Expression, type SqlBool, sql } from 'kysely';
import {
  type Comparison,
  type DialectName,
  type Filter,
  numberCondition,
  textCondition,
} from '../../../store/index.ts';
import { traceMetadata } from '../keys.ts';
import { assessmentCondition } from './assessment-conditions.ts';
import { spanCondition } from './span-conditions.ts';

/** The key under which the search language knows the prompts that a trace is linked to. */
const linkedPrompts = 'mlflow.linkedPrompts';

/** True for traces that the filter holds for. Conditions on spans that AND joins are about one and the same span. */
export function traceFilter(filter: Filter, dialect: DialectName): Expression<SqlBool> {
  if (filter.kind === 'comparison') return traceCondition(filter, dialect);
  // What is unknown (a trace without a duration) counts as false.
  if (filter.kind === 'not') return sql`not coalesce(${traceFilter(filter.part, dialect)}, false)`;
  const parts = filter.kind === 'and' ? flatten(filter) : filter.parts;
  const spans = filter.kind === 'and' ? parts.filter(isOfSpan) : [];
  const others = parts.filter((part) => filter.kind === 'or' || !isOfSpan(part));
  const conditions = others.map((part) => traceFilter(part, dialect));
  if (spans.length > 0) conditions.push(existsSpan(spans, dialect));
  return sql`(${sql.join(conditions, filter.kind === 'and' ? sql` and ` : sql` or `)})`;
}

/** The column of an attribute of a trace. */
export function attributeOf(key: string): Expression<string | number | null> {
  const column = attributes[key];
  if (column === undefined) throw new RangeError(`No column for the attribute '${key}'`);
  return column;
}

const attributes: Readonly<Record<string, Expression<string | number | null>>> = {
  request_id: sql.ref('t.trace_id'),
  status: sql.ref('t.state'),
  client_request_id: sql.ref('t.client_request_id'),
  experiment_id: sql.ref('t.experiment'),
  timestamp_ms: sql.ref('t.request_time'),
  execution_time_ms: sql.ref('t.duration'),
  end_time_ms: sql`(t.request_time + coalesce(t.duration, 0))`,
};

/** Compares a column with what the comparison has, a number or a text. */
function compare(
  column: Expression<unknown>,
  comparison: Comparison,
  dialect: DialectName,
): Expression<SqlBool> {
  return typeof comparison.value === 'number'
    ? numberCondition(sql`${column}`, comparison)
    : textCondition(sql`${column}`, comparison, dialect);
}

function traceCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { type, key, operator } = comparison;
  if (type === 'attribute') return compare(attributeOf(key), comparison, dialect);
  if (type === 'span') return existsSpan([comparison], dialect);
  if (type === 'feedback' || type === 'expectation' || type === 'issue')
    return assessmentCondition(comparison, dialect);
  const isEqual = operator === '=' || operator === 'IN';
  if (type === 'tag' && key === linkedPrompts && isEqual) return isLinked('prompt', comparison, dialect);
  if (type !== 'tag' && type !== 'request_metadata')
    throw new RangeError(`No condition for the entity type '${type}'`);
  const condition = textOf(type === 'tag' ? 'trace_tags' : 'trace_metadata', comparison, dialect);
  return type === 'request_metadata' && key === traceMetadata.sourceRun && isEqual
    ? sql`(${condition} or ${isLinked('run', comparison, dialect)})`
    : condition;
}

function textOf(table: string, comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { key, operator } = comparison;
  const rows = sql`select 1 from ${sql.table(table)} as v where v.trace = t.id and v.key = ${key}`;
  if (operator === 'IS NULL') return sql`not exists (${rows})`;
  if (operator === 'IS NOT NULL') return sql`exists (${rows})`;
  return sql`exists (${rows} and ${compare(sql.ref('v.value'), comparison, dialect)})`;
}

function isLinked(kind: 'run' | 'prompt', comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const target = compare(sql.ref('l.target'), comparison, dialect);
  return sql`exists (select 1 from trace_links as l where l.kind = ${kind} and l.trace_id = t.trace_id and ${target})`;
}

function existsSpan(comparisons: readonly Comparison[], dialect: DialectName): Expression<SqlBool> {
  const conditions = comparisons.map((comparison) => spanCondition(comparison, dialect));
  return sql`exists (select 1 from spans as s where s.trace = t.id and ${sql.join(conditions, sql` and `)})`;
}

function isOfSpan(filter: Filter): filter is Comparison {
  return filter.kind === 'comparison' && filter.type === 'span';
}

function flatten(filter: Filter): readonly Filter[] {
  return filter.kind === 'and' ? filter.parts.flatMap(flatten) : [filter];
}
