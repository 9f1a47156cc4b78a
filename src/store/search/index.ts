// Searching as MLflow's clients ask for it, and with OR, NOT and parentheses besides.
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
export { parseFilter } from './parse-filter.ts';
