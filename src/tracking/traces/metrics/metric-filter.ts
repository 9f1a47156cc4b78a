// The filters of metrics: one comparison each, `trace.tag.color = 'red'`.
import { type Expression, sql } from 'kysely';
import { InputError } from '../../../core/index.ts';
import type { MetricView } from './metric-definitions.ts';

type Meaning = {
  readonly needsKey: boolean;
  /** The only view that may be filtered by it. */
  readonly view?: MetricView;
  readonly condition: (value: string, key: string) => Expression<unknown>;
};

const meanings: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  trace: {
    status: { needsKey: false, condition: (value) => sql`t.state = ${value}` },
    tag: { needsKey: true, condition: (value, key) => hasText('trace_tags', key, value) },
    metadata: { needsKey: true, condition: (value, key) => hasText('trace_metadata', key, value) },
  },
  span: {
    name: { needsKey: false, view: 'SPANS', condition: (value) => sql`s.name = ${value}` },
    status: { needsKey: false, view: 'SPANS', condition: (value) => sql`s.status = ${value}` },
    type: { needsKey: false, view: 'SPANS', condition: (value) => sql`s.type = ${value}` },
  },
  assessment: {
    name: { needsKey: false, view: 'ASSESSMENTS', condition: (value) => sql`a.name = ${value}` },
    type: { needsKey: false, view: 'ASSESSMENTS', condition: (value) => sql`a.kind = ${value}` },
  },
};

const clause = /^\s*((?:`[^`]*`|"[^"]*"|[^\s=<>!`"'])+)\s*([=<>!]+|i?like|rlike|(?:not\s+)?in)\s*(.*?)\s*$/is;

/** The condition that a filter means, on the rows `t`, `s` and `a`. @throws InputError where it means none */
export function metricFilter(filter: string, view: MetricView): Expression<unknown> {
  const [, identifier, comparator, written] = clause.exec(filter) ?? [];
  if (identifier === undefined || comparator === undefined || written === undefined)
    throw new InputError(`Invalid filter: '${filter}'. Expected one filter clause.`);
  const { meaning, key, entity } = meaningOf(identifier);
  if (comparator !== '=')
    throw new InputError(`Invalid comparator: '${comparator}', only '=' operator is supported`);
  const value = /^(?:'([^']*)'|"([^"]*)")$/.exec(written);
  if (value === null && /^['"]/.test(written))
    throw new InputError(`Invalid filter: '${filter}'. Expected one filter clause.`);
  if (value === null)
    throw new InputError(
      `Expected a quoted string value for ${entity} value (e.g. 'my-value'). Got value ${written}`,
    );
  if (meaning.view !== undefined && meaning.view !== view)
    throw new InputError(
      `Filtering by ${identifier.split('.')[0]} is only supported for ${meaning.view} view type, got ${view}`,
    );
  return meaning.condition(value[1] ?? value[2] ?? '', key);
}

function meaningOf(identifier: string): {
  readonly meaning: Meaning;
  readonly key: string;
  readonly entity: string;
} {
  const [prefix = '', entity, ...rest] = identifier.split('.');
  if (entity === undefined)
    throw new InputError(
      `Invalid identifier '${identifier}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.`,
    );
  const entities = Object.hasOwn(meanings, prefix) ? meanings[prefix] : undefined;
  if (entities === undefined)
    throw new InputError(`Invalid view type '${prefix}'. Valid values are ${list(Object.keys(meanings))}`);
  const meaning = Object.hasOwn(entities, entity) ? entities[entity] : undefined;
  if (meaning === undefined)
    throw new InputError(
      `Invalid entity '${entity}' specified for view type '${prefix}'. Valid entities are ${list(Object.keys(entities))}`,
    );
  if (meaning.needsKey && rest.length === 0)
    throw new InputError(`Filtering by ${entity} requires a key, e.g. '${prefix}.${entity}.<key> = <value>'`);
  if (!meaning.needsKey && rest.length > 0)
    throw new InputError(`Filtering by ${entity} does not require a key, use '${prefix}.${entity}' instead`);
  return { meaning, entity, key: rest.join('.').replace(/^([`"'])(.*)\1$/s, '$2') };
}

function hasText(table: string, key: string, value: string): Expression<unknown> {
  return sql`exists (select 1 from ${sql.table(table)} as f where f.trace = t.id and f.key = ${key} and f.value = ${value})`;
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}
