// The search language of registered models.
import {
  type FieldRule,
  type FilterLanguage,
  NULL_OPERATORS,
  NUMBER_OPERATORS,
  namedFields,
  TEXT_OPERATORS,
} from '../language.ts';
import { pythonSet } from '../python-text.ts';
import { promptTag } from './prompt-tag.ts';
import { REGISTRY_TEXTS } from './registry-texts.ts';

const NUMBER: FieldRule = { kind: 'number', operators: NUMBER_OPERATORS };
const TEXT: FieldRule = { kind: 'text', operators: TEXT_OPERATORS };

/** Registered models: name and tags. */
export const REGISTERED_MODELS: FilterLanguage = {
  name: 'registered models',
  types: { attribute: 'attribute', tag: 'tag', tags: 'tag' },
  fields: {
    attribute: { named: namedFields('attribute', { name: TEXT }) },
    tag: { any: { kind: 'text', operators: [...TEXT_OPERATORS, ...NULL_OPERATORS] } },
  },
  orderable: {
    attribute: {
      named: namedFields(
        'attribute',
        { name: TEXT, last_updated_timestamp: NUMBER },
        { timestamp: 'last_updated_timestamp' },
      ),
    },
  },
  quotedNumbers: false,
  bareText: false,
  distinctOrder: true,
  special: promptTag,
  texts: {
    ...REGISTRY_TEXTS,
    orderKey: ({ key }) =>
      `Invalid order by key '${key}' specified. Valid keys are '${pythonSet(['name', 'timestamp'])}'`,
  },
};
