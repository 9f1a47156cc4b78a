// The search language of runs.
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
import { pythonSet } from '../python-text.ts';
import { COMMON_TEXTS, listOnlyForRunId } from './texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const TEXT: FieldRule = { kind: 'text', operators: TEXT_OPERATORS };
const LISTED: FieldRule = { kind: 'text', operators: [...TEXT_OPERATORS, ...LIST_OPERATORS] };
const KEYED: FieldRule = { kind: 'text', operators: [...TEXT_OPERATORS, ...NULL_OPERATORS] };

const ATTRIBUTES = namedFields(
  'attribute',
  {
    run_id: LISTED,
    run_name: TEXT,
    status: TEXT,
    artifact_uri: TEXT,
    user_id: TEXT,
    start_time: NUMBER,
    end_time: NUMBER,
  },
  {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
  },
);
/** MLflow orders by run_name only under that name. */
const ORDERABLE = Object.fromEntries(
  Object.entries(ATTRIBUTES).filter(([name]) => !/^run name$/i.test(name)),
);

/** Runs: attributes, latest metrics, parameters, tags and datasets. */
export const RUNS: FilterLanguage = {
  name: 'runs',
  types: {
    metric: 'metric',
    metrics: 'metric',
    parameter: 'parameter',
    parameters: 'parameter',
    param: 'parameter',
    params: 'parameter',
    tag: 'tag',
    tags: 'tag',
    attribute: 'attribute',
    attributes: 'attribute',
    attr: 'attribute',
    run: 'attribute',
    dataset: 'dataset',
    datasets: 'dataset',
  },
  fields: {
    attribute: { named: ATTRIBUTES },
    metric: { any: NUMBER },
    parameter: { any: KEYED },
    tag: { any: KEYED },
    dataset: { named: namedFields('dataset', { name: LISTED, digest: LISTED, context: LISTED }) },
  },
  orderable: {
    attribute: { named: ORDERABLE },
    metric: { any: NUMBER },
    parameter: { any: KEYED },
    tag: { any: KEYED },
  },
  quotedNumbers: false,
  bareText: false,
  distinctOrder: true,
  texts: {
    ...COMMON_TEXTS,
    type: (found) =>
      `Invalid entity type '${found}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    operator: wrongOperator,
    list: listOnlyForRunId,
  },
};

/** MLflow closes the quote for some types only, and lists the text operators of attributes that take lists or not. */
function wrongOperator({ field: { type, kind, operators }, operator }: Refusal): string {
  const known = type === 'attribute' ? LISTED.operators : operators;
  const isClosed = type === 'parameter' || (type === 'attribute' && kind === 'text');
  return `Invalid comparator '${operator}' not one of '${pythonSet(known)}${isClosed ? "'" : ''}`;
}
