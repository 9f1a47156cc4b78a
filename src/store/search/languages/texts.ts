// What refusals say: MLflow's words, shared by the languages that share them.
import type { Refusal, Texts } from '../language.ts';
import { pythonSet, pythonString } from '../python-text.ts';

/** The words of most languages; each replaces what it says differently. */
export const COMMON_TEXTS: Texts = {
  blank: (filter) => `Invalid filter '${filter}'. Could not be parsed.`,
  statements: (filter) =>
    `Search filter contained multiple expression ${pythonString(filter)}. Provide AND-ed expression list.`,
  strays: (strays) => `Invalid clause(s) in filter string: ${strays.map((text) => `'${text}'`).join(', ')}`,
  identifier: (found) => `Invalid comparison clause. Expected 'Identifier' found '${found}'`,
  type: (found) => `Invalid entity type '${found}'`,
  key: ({ type, key }, known) =>
    `Invalid ${type} key '${key}' specified. Valid keys are '${pythonSet(known)}'`,
  orderKey: ({ type, key }, known) =>
    `Invalid ${type} key '${key}' specified. Valid keys are '${pythonSet(known)}'`,
  orderType: ({ type }) => `Invalid identifier type '${type}'`,
  operator: ({ operator, field }) =>
    `Invalid comparator '${operator}' not one of '${pythonSet(field.operators)}'`,
  nulls: ({ written }) =>
    `IS NULL / IS NOT NULL is only supported for tags and params, not for '${written.type}' '${written.key}'`,
  number: ({ written, found }) =>
    written.type === 'attribute'
      ? `Expected numeric value type for numeric attribute: ${written.key}. Found ${found}`
      : `Expected numeric value type for ${written.type}. Found ${found}`,
  text: expectedText,
  numeral: expectedText,
  list: expectedText,
  unquoted: (found) =>
    `Parameter value is either not quoted or unidentified quote types used for string value ${found}. Use either single or double quotes.`,
};

/** A text is wanted and something else found. */
export function expectedText({ written: { type }, found }: Refusal): string {
  if (type === 'attribute') return `Expected a quoted string value for attributes. Got value ${found}`;
  if (type === 'dataset') return `Expected a quoted string value for dataset attributes. Got value ${found}`;
  return `Expected a quoted string value for ${type} (e.g. 'my-value'). Got value ${found}`;
}

/** A text or a list is wanted and something else found. */
export function expectedTextOrList(refusal: Refusal): string {
  if (refusal.written.type !== 'attribute') return expectedText(refusal);
  return `Expected a quoted string value or a list of quoted string values for attributes. Got value ${refusal.found}`;
}

/** Where a number may be quoted: what is neither. `list` says that the field takes none. */
export function expectedNumberOrText(refusal: Refusal, list: (refusal: Refusal) => string): string {
  if (refusal.found.startsWith('(')) return list(refusal);
  if (/^['"]/.test(refusal.found)) return COMMON_TEXTS.number(refusal);
  const isName = /^[\p{L}\p{N}_`]/u.test(refusal.found) && !/[-+/]/.test(refusal.found);
  return isName ? COMMON_TEXTS.unquoted(refusal.found) : expectedTextOrList(refusal);
}

/** Attributes that take lists say which. */
export function listOnlyForRunId(refusal: Refusal): string {
  if (refusal.written.type !== 'attribute') return expectedText(refusal);
  return "Only the 'run_id' attribute supports comparison with a list of quoted string values.";
}

/** Stray pieces without quotes around each. */
export function plainStrays(strays: readonly string[]): string {
  return `Invalid clause(s) in filter string: ${strays.join(', ')}`;
}

/** Languages whose only types are attributes and tags. */
export function attributeOrTag(found: string): string {
  return `Invalid entity type '${found}'. Valid entity types are ('attribute', 'tag', 'tags')`;
}
