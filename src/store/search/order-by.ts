// Parses order_by clauses: a field and a direction.
import { InputError } from '../../core/index.ts';
import { readName } from './comparison.ts';
import type { Ordering } from './filter.ts';
import {
  type Field,
  type FilterLanguage,
  fieldOf,
  type Written,
  withoutBackticks,
  withoutQuotes,
} from './language.ts';
import { type Token, tokenize } from './lexer.ts';
import { pythonList } from './python-text.ts';

/**
 * The orderings that order_by clauses mean, in order; `FIELD`, `FIELD ASC` or `FIELD DESC` each.
 * @throws InputError when one is ill-formed or unknown, or names a field again.
 */
export function parseOrderBy(clauses: readonly string[], language: FilterLanguage): readonly Ordering[] {
  const orderings = clauses.map((clause) => parseClause(clause, language));
  if (!language.distinctOrder) return orderings;
  const fields = new Set(orderings.map(({ type, key }) => `${type}.${key}`));
  if (fields.size < orderings.length) {
    throw new InputError(`\`order_by\` contains duplicate fields: ${pythonList(clauses)}`);
  }
  return orderings;
}

/** The ordering by one field, given without a direction: `metrics.loss`. @throws InputError when it is unknown. */
export function orderByField(name: string, ascending: boolean, language: FilterLanguage): Ordering {
  const written = readName(name, language);
  const { type, key } = orderableField(written, language);
  return { type, key, ascending };
}

function parseClause(clause: string, language: FilterLanguage): Ordering {
  const tokens = tokenize(clause);
  const [name, direction] = tokens;
  if (name?.kind !== 'name' || isDirection(name) || tokens.length > 2) throw unreadable(clause);
  if (direction === undefined) return orderByField(name.text, true, language);
  if (direction.kind !== 'name') throw unreadable(clause);
  if (!isDirection(direction)) throw new InputError(`Invalid ordering key in order_by clause '${clause}'.`);
  return orderByField(name.text, direction.text.toLowerCase() === 'asc', language);
}

function isDirection(token: Token): boolean {
  return /^(?:asc|desc)$/i.test(token.text);
}

function unreadable(clause: string): InputError {
  return new InputError(`Invalid order_by clause '${clause}'. Could not be parsed.`);
}

function orderableField(written: Written, language: FilterLanguage): Field {
  const fields = language.orderable[written.type];
  if (fields === undefined) throw new InputError(language.texts.orderType(written));
  const key = written.key;
  const field = fieldOf(fields, { ...written, key: withoutBackticks(withoutQuotes(key) ?? key) });
  if (field === undefined)
    throw new InputError(language.texts.orderKey(written, Object.keys(fields.named ?? {})));
  return field;
}
