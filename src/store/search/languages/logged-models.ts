// The search language of logged models.
import {
  type FieldRule,
  type FilterLanguage,
  LIST_OPERATORS,
  NULL_OPERATORS,
  NUMBER_OPERATORS,
  namedFields,
  type Refusal,
  TEXT_OPERATORS,
} from '../language.ts';
import { pythonList, pythonString, pythonTuple } from '../python-text.ts';
import { COMMON_TEXTS } from './texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const TEXT: FieldRule = { kind: 'text', operators: [...TEXT_OPERATORS, ...LIST_OPERATORS] };
const KEYED: FieldRule = { kind: 'text', operators: [...TEXT.operators, ...NULL_OPERATORS] };
const TIME_ALIASES = {
  creation_time: 'creation_timestamp',
  creation_timestamp_ms: 'creation_timestamp',
  last_updated_time: 'last_updated_timestamp',
  last_updated_timestamp_ms: 'last_updated_timestamp',
};
const TIMES = { creation_timestamp: NUMBER, last_updated_timestamp: NUMBER };
const ATTRIBUTES = namedFields(
  'attribute',
  {
    name: TEXT,
    model_id: TEXT,
    model_type: TEXT,
    status: TEXT,
    source_run_id: TEXT,
    experiment_id: TEXT,
    artifact_location: TEXT,
    lifecycle_stage: TEXT,
    status_message: TEXT,
    ...TIMES,
  },
  TIME_ALIASES,
);
const PLURALS: Readonly<Record<string, string>> = {
  attribute: 'attributes',
  metric: 'metrics',
  parameter: 'params',
  tag: 'tags',
};

/** Logged models: attributes, metrics, parameters and tags. */
export const LOGGED_MODELS: FilterLanguage = {
  name: 'logged models',
  types: { attributes: 'attribute', metrics: 'metric', params: 'parameter', tags: 'tag' },
  fields: {
    attribute: { named: ATTRIBUTES },
    metric: { any: NUMBER },
    parameter: { any: KEYED },
    tag: { any: KEYED },
  },
  orderable: {
    attribute: { named: ATTRIBUTES },
    metric: { any: NUMBER },
  },
  quotedNumbers: false,
  bareText: true,
  distinctOrder: false,
  texts: {
    ...COMMON_TEXTS,
    blank: (filter) => `Invalid filter string: ${pythonString(filter)}. Expected a single SQL expression.`,
    statements: (filter) =>
      `Invalid filter string: ${pythonString(filter)}. Expected a single SQL expression.`,
    strays: (_, filter) =>
      `Invalid filter string: ${pythonString(filter)}. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`,
    type: (found) =>
      `Invalid entity type: ${pythonString(found)}. Expected one of ${pythonList(Object.values(PLURALS))}.`,
    operator: wrongOperator,
    number: (refusal) =>
      refusal.field.operators.some((operator) => operator === refusal.operator)
        ? `could not convert string to float: ${pythonString(refusal.found)}`
        : wrongOperator(refusal),
    orderKey: ({ key }) => `Invalid order by field name: ${key}`,
    orderType: ({ type, key }) =>
      `Invalid order by field name: ${PLURALS[type]}.${key}. Only metrics are supported.`,
  },
};

/** MLflow says the same operators for numbers; times have their column's name. */
function wrongOperator({ field: { type, key, kind }, operator }: Refusal): string {
  const name = `${PLURALS[type]}.${key}${kind === 'number' && type === 'attribute' ? '_ms' : ''}`;
  const known = pythonTuple(['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']);
  return `Invalid comparison operator for ${name}: ${pythonString(operator)}. Expected one of ${known}.`;
}
