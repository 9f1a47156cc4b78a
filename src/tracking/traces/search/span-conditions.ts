// What a comparison of the search language means for a span, as SQL on the row `s` of the table of spans.
import { type Expression, type SqlBool, sql } from 'kysely';
import { type Comparison, type DialectName, textCondition } from '../../../store/index.ts';

const columns: Readonly<Record<string, string>> = {
  name: 's.name',
  type: 's.type',
  status: 's.status',
  content: 's.content',
};

const attributePrefix = 'attributes.';

/** True for spans that the comparison holds for; one about an attribute that a span lacks is not true. */
export function spanCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { key } = comparison;
  const column = columns[key];
  if (column !== undefined) return textCondition(sql.ref(column), comparison, dialect);
  const name = key.slice(attributePrefix.length);
  // Spans without the attribute are told by a search for its name, which costs less than to parse all of their JSON.
  const mayHave = sql`${position(JSON.stringify(name), dialect)} > 0`;
  const condition = textCondition(attributeText(name, dialect), comparison, dialect);
  return sql`(case when ${mayHave} then ${condition} else false end)`;
}

function position(text: string, dialect: DialectName): Expression<number> {
  return dialect === 'postgres' ? sql`strpos(s.content, ${text})` : sql`instr(s.content, ${text})`;
}

/** The attribute as text: a JSON text without its quotes and escapes, anything else as JSON. NULL where it is not there. */
function attributeText(name: string, dialect: DialectName): Expression<string | null> {
  if (dialect === 'postgres') {
    const json = sql`(s.content::json #>> array['attributes', ${name}]::text[])`;
    // PostgreSQL cannot say the character NUL, and refuses to unescape it.
    return sql`(case when ${json} like '"%' and strpos(${json}, '\\u0000') = 0 then ${json}::json #>> '{}' else ${json} end)`;
  }
  const path = `$.attributes.${JSON.stringify(name)}`;
  const json = sql`json_extract(s.content, ${path})`;
  return sql`(case when ${json} like '"%' then json_extract(${json}, '$') else ${json} end)`;
}
