// The search language of experiments.
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
import { attributeOrTag, COMMON_TEXTS, listOnlyForRunId, plainStrays } from './texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const TEXT: FieldRule = { kind: 'text', operators: TEXT_OPERATORS };
const TIMES = { creation_time: NUMBER, last_update_time: NUMBER };

/** Experiments: name, times and tags. */
export const EXPERIMENTS: FilterLanguage = {
  name: 'experiments',
  types: { attribute: 'attribute', tag: 'tag', tags: 'tag' },
  fields: {
    attribute: { named: namedFields('attribute', { name: TEXT, ...TIMES }) },
    tag: { any: { kind: 'text', operators: [...TEXT_OPERATORS, ...NULL_OPERATORS] } },
  },
  orderable: {
    attribute: { named: namedFields('attribute', { name: TEXT, experiment_id: TEXT, ...TIMES }) },
  },
  quotedNumbers: false,
  bareText: false,
  distinctOrder: false,
  texts: {
    ...COMMON_TEXTS,
    strays: plainStrays,
    type: attributeOrTag,
    operator: wrongOperator,
    list: listOnlyForRunId,
    nulls: ({ written }) =>
      `IS NULL / IS NOT NULL is only supported for tags, not for attribute '${written.key}'`,
    orderType: ({ type }) => `Invalid order_by entity: ${type}`,
  },
};

function wrongOperator({ field: { type, kind }, operator }: Refusal): string {
  if (type === 'tag') return `Invalid comparator for tag: ${operator}`;
  const known = pythonSet([...TEXT_OPERATORS, ...LIST_OPERATORS]);
  return `Invalid comparator '${operator}' not one of '${known}${kind === 'text' ? "'" : ''}`;
}
