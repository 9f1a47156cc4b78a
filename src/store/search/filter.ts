// The parsed form of a search: a tree of comparisons, and the orderings.

/** What a comparison looks at: a column of the entity itself, or something that belongs to it under a key. */
export type EntityType =
  | 'attribute'
  | 'metric'
  | 'parameter'
  | 'tag'
  | 'dataset'
  | 'request_metadata'
  | 'span'
  | 'feedback'
  | 'expectation'
  | 'issue';

/** The operators of the search language, in capitals. */
export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'RLIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL';

/** A value in a comparison: a list with IN and NOT IN, nothing with IS NULL and IS NOT NULL. */
export type ComparisonValue = string | number | readonly string[] | undefined;

/** One comparison; `key` has its canonical name ("start_time" where the user wrote "Created"). */
export type Comparison = {
  readonly kind: 'comparison';
  readonly type: EntityType;
  readonly key: string;
  readonly operator: Operator;
  readonly value: ComparisonValue;
};

/** A filter: comparisons joined by AND, OR and NOT. `parts` has two or more. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | Comparison;

/** One key of an ordering. */
export type Ordering = { readonly type: EntityType; readonly key: string; readonly ascending: boolean };

/** Whether a filter compares this key anywhere, for stores that add a condition only where the user has none. */
export function mentions(filter: Filter | undefined, field: { type: EntityType; key: string }): boolean {
  if (filter === undefined) return false;
  if (filter.kind === 'comparison') return filter.type === field.type && filter.key === field.key;
  if (filter.kind === 'not') return mentions(filter.part, field);
  return filter.parts.some((part) => mentions(part, field));
}
