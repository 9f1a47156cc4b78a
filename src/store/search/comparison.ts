// Gives a clause its meaning in a language: which field, which operator, which value, or why not.
import { InputError } from '../../core/index.ts';
import type { Clause, ListToken } from './clauses.ts';
import type { Comparison, ComparisonValue, EntityType, Operator } from './filter.ts';
import {
  type Field,
  type FilterLanguage,
  fieldOf,
  type Refusal,
  type Written,
  withoutBackticks,
  withoutQuotes,
} from './language.ts';
import type { Token } from './lexer.ts';
import { readList } from './list.ts';
import { checkPattern } from './pattern.ts';

/** SQLite refuses longer patterns, and nobody means them. */
const MAX_PATTERN_LENGTH = 10_000;
const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The comparison that a clause means. @throws InputError with the language's message when it means none. */
export function readComparison(clause: Clause, language: FilterLanguage): Comparison {
  const { texts, bareText } = language;
  const isName = clause.left.kind === 'name' || (bareText && clause.left.kind === 'operation');
  if (!isName) throw new InputError(texts.identifier(clause.left.text));
  const written = readName(clause.left.text, language);
  const field = fieldOf(language.fields[written.type], written);
  if (field === undefined) {
    throw new InputError(texts.key(written, Object.keys(language.fields[written.type]?.named ?? {})));
  }
  const refusal = { written, field, operator: clause.operator, found: clause.right?.text ?? '' };
  const value = readValue(clause.right, refusal, language);
  const operator = knownOperator(refusal);
  if (operator === undefined) throw new InputError(texts.operator(refusal));
  checkText(operator, value, field);
  return { kind: 'comparison', type: field.type, key: field.key, operator, value };
}

/** A written name as entity type and key. @throws InputError when the type is unknown. */
export function readName(name: string, language: FilterLanguage): Written {
  const dot = name.indexOf('.');
  if (dot === -1) return { type: 'attribute', key: bareKey(name) };
  const prefix = withoutBackticks(name.slice(0, dot));
  const type: EntityType | undefined = Object.hasOwn(language.types, prefix)
    ? language.types[prefix]
    : undefined;
  if (type === undefined) throw new InputError(language.texts.type(prefix));
  return { type, key: bareKey(name.slice(dot + 1)) };
}

function bareKey(text: string): string {
  return withoutBackticks(withoutQuotes(text) ?? text);
}

type Value = Token | ListToken;

function readValue(value: Value | undefined, refusal: Refusal, language: FilterLanguage): ComparisonValue {
  if (value !== undefined) {
    return refusal.field.kind === 'number'
      ? readNumber(value, refusal, language)
      : readText(value, refusal, language);
  }
  if (knownOperator(refusal) === undefined) throw new InputError(language.texts.nulls(refusal));
  return undefined;
}

function readNumber(
  value: Value,
  refusal: Refusal,
  { texts, bareText, quotedNumbers }: FilterLanguage,
): number {
  if (value.kind === 'number') return Number(value.text);
  const quoted = quotedNumbers && value.kind !== 'list' ? withoutQuotes(value.text) : undefined;
  if (quoted !== undefined && NUMERAL.test(quoted)) return Number(quoted);
  if (quoted !== undefined && knownOperator(refusal) === undefined) {
    throw new InputError(texts.operator(refusal));
  }
  const spelled = bareText ? spelledNumber(value.text) : undefined;
  if (spelled === undefined) throw new InputError(texts.number(refusal));
  return spelled;
}

/** The numbers that Python reads from words. */
function spelledNumber(text: string): number | undefined {
  const word = text.toLowerCase();
  if (/^-?inf(?:inity)?$/.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  if (/^-?nan$/.test(word)) return NaN;
  return /^\d+(?:_\d+)+$/.test(word) ? Number(word.replaceAll('_', '')) : undefined;
}

function readText(value: Value, refusal: Refusal, language: FilterLanguage): string | readonly string[] {
  const { texts, bareText } = language;
  if (value.kind === 'list') return readTexts(value, refusal, language);
  const quoted = withoutQuotes(value.text);
  if (quoted !== undefined && (value.kind === 'string' || value.kind === 'name')) return quoted;
  if (bareText) return withoutBackticks(value.text);
  if (value.kind === 'name') throw new InputError(texts.unquoted(value.text));
  throw new InputError(value.kind === 'number' ? texts.numeral(refusal) : texts.text(refusal));
}

function readTexts(list: ListToken, refusal: Refusal, { texts }: FilterLanguage): readonly string[] {
  const { written, field, operator } = refusal;
  if (!field.operators.includes('IN')) throw new InputError(texts.list(refusal));
  const elements = readList(list);
  const isListed = operator === 'IN' || operator === 'NOT IN' || knownOperator(refusal) === undefined;
  if (isListed) return elements;
  throw new InputError(`Compare '${written.key}' with a list by IN or NOT IN, not by ${operator}`);
}

function knownOperator({ field, operator }: Refusal): Operator | undefined {
  return field.operators.find((known) => known === operator);
}

function checkText(operator: Operator, value: ComparisonValue, field: Field): void {
  if (typeof value !== 'string') return;
  const refusal = field.refuse?.(value);
  if (refusal !== undefined) throw new InputError(refusal);
  if (operator === 'RLIKE') checkPattern(value);
  if ((operator === 'LIKE' || operator === 'ILIKE') && value.length > MAX_PATTERN_LENGTH) {
    throw new InputError(
      `Shorten the ${operator} pattern: it has ${value.length} characters, and ${MAX_PATTERN_LENGTH} are allowed`,
    );
  }
}
