// What a comparison of the search language means for the assessments of a trace, as SQL on the row `t` of the table of traces.
import { type Expression, type SqlBool, sql } from 'kysely';
import { type Comparison, type DialectName, textCondition } from '../../../store/index.ts';
import { pythonFloat } from '../json-text.ts';
import { traceMetadata } from '../keys.ts';

/** True for traces that have such an assessment: one of their own, or one of a trace of their session that speaks of all of it. */
export function assessmentCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { type, key, operator } = comparison;
  if (type === 'issue') {
    const name = textCondition(sql.ref('a.name'), comparison, dialect);
    return sql`exists (select 1 from assessments as a where a.trace = t.id and a.kind = 'issue' and ${name})`;
  }
  const named = sql`a.kind = ${type} and a.name = ${key} and a.valid = 1`;
  const isAbout = operator === 'IS NULL' || operator === 'IS NOT NULL';
  const matching = isAbout ? named : sql`${named} and ${valueCondition(comparison, dialect)}`;
  const own = sql`exists (select 1 from assessments as a where a.trace = t.id and ${matching})`;
  const either = sql<SqlBool>`(${own} or ${inSession(matching)})`;
  return operator === 'IS NULL' ? sql`not ${either}` : either;
}

function inSession(matching: Expression<unknown>): Expression<SqlBool> {
  const key = traceMetadata.session;
  return sql`exists (
    select 1 from trace_metadata as mine
    join trace_metadata as theirs
      on theirs.key = mine.key and substr(theirs.value, 1, 200) = substr(mine.value, 1, 200) and theirs.value = mine.value
    join assessments as a on a.trace = theirs.trace
    where mine.trace = t.id and mine.key = ${key} and a.session_scoped = 1 and ${matching})`;
}

/** Values are JSON: a number or a truth value equals its text, a text is compared without its quotes. */
function valueCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { operator, value } = comparison;
  if ((operator === '=' || operator === '!=') && typeof value === 'string')
    return sql`a.value ${operator === '=' ? sql`` : sql`not `}in (${sql.join(spellings(value))})`;
  const text = sql<string>`(case when a.value like '"%' then substr(a.value, 2, length(a.value) - 2) else a.value end)`;
  return textCondition(text, comparison, dialect);
}

/** The JSON texts that a text of a filter may mean. */
function spellings(value: string): readonly string[] {
  const number = /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  const numbers = Number.isFinite(number) ? [String(number), pythonFloat(number)] : [];
  return [...new Set([value, JSON.stringify(value), ...numbers])];
}
