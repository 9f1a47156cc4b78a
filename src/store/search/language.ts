// How a language of search is described: which fields there are, what each takes, and what the refusals say.
import type { Comparison, EntityType, Filter, Operator } from './filter.ts';

/** What a field holds and how it may be compared. */
export type FieldRule = {
  readonly kind: 'text' | 'number';
  readonly operators: readonly Operator[];
  /** A message when the value cannot be meant. */
  readonly refuse?: (value: string) => string | undefined;
};

/** Where a written name leads: the canonical type and key, and the rule. */
export type Field = FieldRule & { readonly type: EntityType; readonly key: string };

/** The fields of one entity type: named ones, those behind a prefix, or any key. */
export type Fields = {
  readonly named?: Readonly<Record<string, Field>>;
  readonly prefixed?: FieldRule & { readonly prefix: string };
  readonly any?: FieldRule;
};

/** A field as the user named it. */
export type Written = { readonly type: EntityType; readonly key: string };

/** A comparison that is refused: the field as written and as it is, the operator in capitals, the value as written. */
export type Refusal = {
  readonly written: Written;
  readonly field: Field;
  readonly operator: string;
  readonly found: string;
};

/** What the refusals of a language say. */
export type Texts = {
  /** Nothing but blanks. */
  readonly blank: (filter: string) => string;
  /** More than one statement. */
  readonly statements: (filter: string) => string;
  /** Pieces that belong to no comparison. */
  readonly strays: (strays: readonly string[], filter: string) => string;
  /** What stands left of an operator names nothing. */
  readonly identifier: (found: string) => string;
  readonly type: (found: string) => string;
  readonly key: (written: Written, known: readonly string[]) => string;
  readonly orderKey: (written: Written, known: readonly string[]) => string;
  readonly orderType: (written: Written) => string;
  /** The field does not take the operator. */
  readonly operator: (refusal: Refusal) => string;
  /** The field does not take IS [NOT] NULL. */
  readonly nulls: (refusal: Refusal) => string;
  /** A number is wanted. */
  readonly number: (refusal: Refusal) => string;
  /** A text is wanted, and something else found; `numeral` where that is a number. */
  readonly text: (refusal: Refusal) => string;
  readonly numeral: (refusal: Refusal) => string;
  /** The field takes no list. */
  readonly list: (refusal: Refusal) => string;
  /** A text without quotes. */
  readonly unquoted: (found: string) => string;
};

/** One language of search: the vocabulary of one kind of entity. */
export type FilterLanguage = {
  /** What is searched: "runs". */
  readonly name: string;
  /** Every spelling of an entity type. */
  readonly types: Readonly<Record<string, EntityType>>;
  readonly fields: Readonly<Partial<Record<EntityType, Fields>>>;
  /** What order_by takes. */
  readonly orderable: Readonly<Partial<Record<EntityType, Fields>>>;
  /** Whether a number in quotes is taken where a number is wanted. */
  readonly quotedNumbers: boolean;
  /** Whether values and keys may go without quotes: bare words and numbers as texts, words as numbers, `a-b` as a key. */
  readonly bareText: boolean;
  /** Whether the same key twice in order_by is refused. */
  readonly distinctOrder: boolean;
  /** Changes a comparison whose meaning the tables do not tell. */
  readonly special?: (comparison: Comparison) => Filter;
  readonly texts: Texts;
};

/** The field that a key of an entity type leads to. */
export function fieldOf(fields: Fields | undefined, written: Written): Field | undefined {
  if (fields === undefined) return undefined;
  const { named, prefixed, any } = fields;
  if (named !== undefined && Object.hasOwn(named, written.key)) return named[written.key];
  if (prefixed !== undefined && written.key.startsWith(prefixed.prefix))
    return behindPrefix(prefixed, written);
  return any === undefined ? undefined : { ...any, ...written };
}

function behindPrefix(
  rule: FieldRule & { readonly prefix: string },
  { type, key }: Written,
): Field | undefined {
  const name = withoutBackticks(key.slice(rule.prefix.length));
  return name === '' ? undefined : { ...rule, type, key: rule.prefix + name };
}

/** The text without the backticks around it. */
export function withoutBackticks(text: string): string {
  return text.length >= 2 && text.startsWith('`') && text.endsWith('`') ? text.slice(1, -1) : text;
}

/** The text without the quotes around it, or undefined where it has none. */
export function withoutQuotes(text: string): string | undefined {
  const quoted = ["'", '"'].some(
    (quote) => text.length >= 2 && text.startsWith(quote) && text.endsWith(quote),
  );
  return quoted ? text.slice(1, -1) : undefined;
}

/** Number operators. */
export const NUMBER_OPERATORS: readonly Operator[] = ['>', '>=', '!=', '=', '<', '<='];
/** Text operators without lists and nulls. */
export const TEXT_OPERATORS: readonly Operator[] = ['!=', '=', 'LIKE', 'ILIKE'];
/** Whether a key is there at all. */
export const NULL_OPERATORS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];
/** Lists. */
export const LIST_OPERATORS: readonly Operator[] = ['IN', 'NOT IN'];

/** Fields of one type by their own names; `aliases` are further spellings. */
export function namedFields(
  type: EntityType,
  rules: Readonly<Record<string, FieldRule>>,
  aliases: Readonly<Record<string, string>> = {},
): Readonly<Record<string, Field>> {
  const fields = Object.entries(rules).map(([key, rule]) => [key, { ...rule, type, key }] as const);
  const own = Object.fromEntries(fields);
  const more = Object.entries(aliases).map(([alias, key]) => [alias, own[key]!] as const);
  return { ...own, ...Object.fromEntries(more) };
}
