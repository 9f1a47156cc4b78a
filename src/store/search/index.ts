// Searching as MLflow's clients ask for it, and with OR, NOT and parentheses besides.
//
// A filter is comparisons joined by AND, OR and NOT, which bind in the order NOT, AND, OR; parentheses group. A comparison on a key
// that an entity lacks is false, `!=` too: `params.a != 'x'` finds entities that have the parameter `a` with another value.
// `NOT (...)` is plain negation: `NOT (params.a = 'x')` finds those without `a` as well. Texts compare by code point, LIKE with `%`
// and `_` and no escapes, ILIKE whatever the case, RLIKE by a regular expression found anywhere. Texts stand between single or double
// quotes and are taken as they are: `'it''s'` has two quotes in it, as for MLflow; write "it's".
//
// Parse with parseFilter and a language, compile with compileFilter, giving the SQL of one comparison (textCondition and
// numberCondition do the operators), order and page with applyOrder and after, and hand out page tokens.
// On SQLite every connection that searches needs registerSearchFunctions and `pragma case_sensitive_like = on`; PostgreSQL needs ICU.
export {
  type Condition,
  compileFilter,
  numberCondition,
  numberParameter,
  textCondition,
} from './conditions.ts';
export type { Comparison, ComparisonValue, EntityType, Filter, Operator, Ordering } from './filter.ts';
export { mentions } from './filter.ts';
export type { FilterLanguage } from './language.ts';
export { EXPERIMENTS } from './languages/experiments.ts';
export { LOGGED_MODELS } from './languages/logged-models.ts';
export { MODEL_VERSIONS } from './languages/model-versions.ts';
export { IS_PROMPT_TAG } from './languages/prompt-tag.ts';
export { REGISTERED_MODELS } from './languages/registered-models.ts';
export { RUNS } from './languages/runs.ts';
export { TRACES } from './languages/traces.ts';
export { orderByField, parseOrderBy } from './order-by.ts';
export { decodePageToken, encodePageToken } from './page-token.ts';
export { after, applyOrder, orderBy, type PageValue, type SortKey } from './paging.ts';
export { parseFilter } from './parse-filter.ts';
export { registerSearchFunctions } from './sqlite-functions.ts';
