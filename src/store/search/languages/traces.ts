// The search language of traces.
import {
  type Field,
  type FieldRule,
  type FilterLanguage,
  LIST_OPERATORS,
  NULL_OPERATORS,
  NUMBER_OPERATORS,
  namedFields,
  type Refusal,
  TEXT_OPERATORS,
  type Written,
} from '../language.ts';
import { pythonSet } from '../python-text.ts';
import { COMMON_TEXTS, expectedNumberOrText, expectedText, expectedTextOrList } from './texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const MATCHED: FieldRule = { kind: 'text', operators: [...TEXT_OPERATORS, 'RLIKE'] };
const KEYED: FieldRule = { kind: 'text', operators: [...MATCHED.operators, ...NULL_OPERATORS] };
const LISTED: FieldRule = { kind: 'text', operators: [...MATCHED.operators, ...LIST_OPERATORS] };
const CONTENT: FieldRule = { kind: 'text', operators: ['LIKE', 'ILIKE'] };

const ANYHOW: FieldRule = { kind: 'text', operators: [...LISTED.operators, ...NULL_OPERATORS] };
/** Names of traces are kept as a tag, their runs as metadata; prompts are linked, and texts are in the spans. */
const NAME: Field = { ...ANYHOW, type: 'tag', key: 'mlflow.traceName' };
const RUN_ID: Field = { ...ANYHOW, type: 'request_metadata', key: 'mlflow.sourceRun' };
const PROMPT: Field = {
  kind: 'text',
  operators: ['='],
  refuse: notAPrompt,
  type: 'tag',
  key: 'mlflow.linkedPrompts',
};
const ELSEWHERE = {
  name: NAME,
  run_id: RUN_ID,
  prompt: PROMPT,
  text: { ...CONTENT, type: 'span', key: 'content' },
} as const;
const TIMES = { timestamp_ms: NUMBER, execution_time_ms: NUMBER, end_time_ms: NUMBER };
const TIME_ALIASES = {
  timestamp: 'timestamp_ms',
  execution_time: 'execution_time_ms',
  end_time: 'end_time_ms',
};

const TYPES = {
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  request_metadata: 'request_metadata',
  metadata: 'request_metadata',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
} as const;

/** Traces: attributes, tags, metadata, spans and assessments. */
export const TRACES: FilterLanguage = {
  name: 'traces',
  types: TYPES,
  fields: {
    attribute: {
      named: {
        ...namedFields(
          'attribute',
          { request_id: LISTED, status: LISTED, client_request_id: LISTED, ...TIMES },
          TIME_ALIASES,
        ),
        ...ELSEWHERE,
      },
    },
    tag: { any: KEYED },
    request_metadata: { any: KEYED },
    span: {
      named: namedFields('span', { name: LISTED, type: LISTED, status: LISTED, content: CONTENT }),
      prefixed: { ...LISTED, prefix: 'attributes.' },
    },
    feedback: { any: KEYED },
    expectation: { any: KEYED },
    issue: { named: namedFields('issue', { id: { kind: 'text', operators: ['='] } }) },
  },
  orderable: {
    attribute: {
      named: {
        ...namedFields(
          'attribute',
          { experiment_id: LISTED, status: LISTED, request_id: LISTED, ...TIMES },
          TIME_ALIASES,
        ),
        name: NAME,
        run_id: RUN_ID,
      },
    },
    tag: { any: KEYED },
    request_metadata: { any: KEYED },
  },
  quotedNumbers: true,
  bareText: false,
  distinctOrder: true,
  texts: {
    ...COMMON_TEXTS,
    type: (found) => `Invalid entity type '${found}'. Valid values are ${pythonSet(Object.keys(TYPES))}`,
    key: wrongKey,
    operator: wrongOperator,
    nulls: wrongOperator,
    number: (refusal) => expectedNumberOrText(refusal, wrongList),
    text: expectedTextOrList,
    numeral: onlyNumeric,
    list: wrongList,
  },
};

function notAPrompt(value: string): string | undefined {
  if (value.split('/').length === 2) return undefined;
  return `Invalid prompts filter value '${value}'. Expected format: prompt = "name/version"`;
}

function wrongKey({ type, key }: Written, known: readonly string[]): string {
  if (type === 'span' && key.startsWith('attributes.'))
    return "Span attribute name cannot be empty after 'attributes.'";
  if (type === 'span') {
    return `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`;
  }
  if (type === 'issue') return `Invalid issue attribute '${key}'. Supported attributes: id`;
  return `Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(known)}'`;
}

function wrongOperator({ written, field: { type, key, kind, operators }, operator }: Refusal): string {
  if (type === 'span' || type === 'issue') return wrongOperatorOf(`${type}.${key}`, operator, operators);
  if (type === 'feedback' || type === 'expectation')
    return wrongOperatorOf(`assessment.${key}`, operator, operators);
  if (type === 'tag' && KEYED.operators.some((known) => known === operator) && written.key === 'prompt') {
    return `Invalid comparator '${operator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`;
  }
  const known = pythonSet(type === 'attribute' ? LISTED.operators : KEYED.operators);
  const isClosed = type === 'request_metadata' || (type === 'attribute' && kind === 'text');
  return `Invalid comparator '${operator}' not one of '${known}${isClosed ? "'" : ''}`;
}

function wrongOperatorOf(name: string, operator: string, known: readonly string[]): string {
  return `${name} comparator '${operator}' not one of '${pythonSet(known)}'`;
}

function onlyNumeric(refusal: Refusal): string {
  if (refusal.written.type !== 'attribute') return expectedText(refusal);
  const known = pythonSet([...Object.keys(TIMES), ...Object.keys(TIME_ALIASES)]);
  return `Only the '${known}' attributes support comparison with numeric values.`;
}

function wrongList(refusal: Refusal): string {
  const { type } = refusal.written;
  if (type === 'tag' && refusal.operator.endsWith('IN')) return wrongOperator(refusal);
  if (type !== 'attribute') return expectedText(refusal);
  const known = pythonSet(['name', 'status', 'request_id', 'run_id', 'client_request_id']);
  return `Only attributes in ${known} supports comparison with a list of quoted string values.`;
}
