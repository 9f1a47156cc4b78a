// The search language of model versions.
import {
  type FieldRule,
  type FilterLanguage,
  NULL_OPERATORS,
  NUMBER_OPERATORS,
  namedFields,
  type Refusal,
  TEXT_OPERATORS,
} from '../language.ts';
import { pythonSet } from '../python-text.ts';
import { promptTag } from './prompt-tag.ts';
import { REGISTRY_TEXTS } from './registry-texts.ts';
import { expectedNumberOrText, expectedText } from './texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const TEXT: FieldRule = { kind: 'text', operators: TEXT_OPERATORS };
const LISTED: FieldRule = { kind: 'text', operators: [...TEXT_OPERATORS, 'IN', 'NOT IN'] };
const TIMES = { creation_timestamp: NUMBER, last_updated_timestamp: NUMBER };
const NUMERIC = ['version_number', ...Object.keys(TIMES)];

/** Model versions: name, number, run, source and tags. */
export const MODEL_VERSIONS: FilterLanguage = {
  name: 'model versions',
  types: { attribute: 'attribute', tag: 'tag', tags: 'tag' },
  fields: {
    attribute: {
      named: namedFields('attribute', {
        name: TEXT,
        version_number: NUMBER,
        run_id: LISTED,
        source_path: TEXT,
      }),
    },
    tag: { any: { kind: 'text', operators: [...TEXT_OPERATORS, ...NULL_OPERATORS] } },
  },
  orderable: {
    attribute: { named: namedFields('attribute', { name: TEXT, version_number: NUMBER, ...TIMES }) },
  },
  quotedNumbers: true,
  bareText: false,
  distinctOrder: true,
  special: promptTag,
  texts: {
    ...REGISTRY_TEXTS,
    operator: ({ field, operator }) =>
      `Invalid comparator for ${field.type}${field.kind === 'number' ? ` ${field.key}` : ''}: ${operator}`,
    number: (refusal) => expectedNumberOrText(refusal, REGISTRY_TEXTS.list),
    numeral: onlyNumeric,
  },
};

function onlyNumeric(refusal: Refusal): string {
  if (refusal.written.type !== 'attribute') return expectedText(refusal);
  return `Only the '${pythonSet(NUMERIC)}' attributes support comparison with numeric values.`;
}
