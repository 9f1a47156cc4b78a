// What refusals say in the two languages of the model registry.
import type { Texts } from '../language.ts';
import { attributeOrTag, COMMON_TEXTS, expectedTextOrList, listOnlyForRunId, plainStrays } from './texts.ts';

/** The words that registered models and model versions share. */
export const REGISTRY_TEXTS: Texts = {
  ...COMMON_TEXTS,
  strays: plainStrays,
  type: attributeOrTag,
  operator: ({ field, operator }) => `Invalid comparator for ${field.type}: ${operator}`,
  nulls: ({ written }) =>
    `IS NULL / IS NOT NULL is only supported for tags, not for attribute '${written.key}'`,
  text: expectedTextOrList,
  numeral: expectedTextOrList,
  list: listOnlyForRunId,
  orderType: ({ type }) => `Invalid order_by entity: ${type}`,
};
