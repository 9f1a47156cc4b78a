// Parses a filter: NOT binds closer than AND, AND closer than OR; parentheses group.
import { InputError } from '../../core/index.ts';
import { groupClauses, type Item } from './clauses.ts';
import { readComparison } from './comparison.ts';
import type { Filter } from './filter.ts';
import type { FilterLanguage } from './language.ts';
import { tokenize } from './lexer.ts';

/** Longer filters are refused: a list of 10,000 run ids has 360,000 characters. */
const MAX_LENGTH = 500_000;
/** Databases nest expressions only so deep. */
const MAX_COMPARISONS = 256;
/** A message names no more. */
const MAX_STRAYS = 50;
/** Parentheses and NOTs inside each other. */
const MAX_DEPTH = 64;

/**
 * The filter that a text means in a language; undefined when there is nothing to filter by.
 * @throws InputError when it means nothing, with MLflow's message where MLflow refuses it too.
 */
export function parseFilter(text: string | undefined, language: FilterLanguage): Filter | undefined {
  if (text === undefined || text === '') return undefined;
  checkCharacters(text);
  if (text.trim() === '') throw new InputError(language.texts.blank(text));
  const tokens = tokenize(text);
  if (tokens.slice(0, -1).some((token) => token.text === ';')) {
    throw new InputError(language.texts.statements(text));
  }
  const items = groupClauses(text, tokens);
  const strays = items.filter((item) => item.kind === 'stray' || item.kind === 'name');
  if (strays.length > 0) throw straysError(strays, text, language);
  return new FilterParser(text, items, language).parse();
}

function checkCharacters(text: string): void {
  if (text.length > MAX_LENGTH) {
    throw new InputError(
      `Shorten the filter: it has ${text.length} characters, and ${MAX_LENGTH} are allowed`,
    );
  }
  if (text.includes('\0'))
    throw new InputError('Remove the NUL character from the filter: databases hold none');
  if (!text.isWellFormed()) {
    throw new InputError('Correct the filter: it holds half of a surrogate pair; send well-formed Unicode');
  }
}

function straysError(strays: readonly Item[], text: string, language: FilterLanguage): InputError {
  const found = strays.slice(0, MAX_STRAYS).map((item) => text.slice(item.start, item.end));
  return new InputError(language.texts.strays(found, text));
}

class FilterParser {
  readonly #text: string;
  readonly #items: readonly Item[];
  readonly #language: FilterLanguage;
  #at = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(text: string, items: readonly Item[], language: FilterLanguage) {
    this.#text = text;
    this.#items = items;
    this.#language = language;
  }

  parse(): Filter | undefined {
    if (this.#items.every((item) => item.kind === 'and')) return undefined;
    const filter = this.#or();
    if (this.#at < this.#items.length) throw this.#misplaced(this.#at);
    return filter;
  }

  #or(): Filter {
    const parts = [this.#and()];
    while (this.#take('or')) parts.push(this.#and());
    return join('or', parts);
  }

  /** MLflow takes AND at either end, AND twice and comparisons without it; so do we, where no OR makes that ambiguous. */
  #and(): Filter {
    if (this.#at === 0) while (this.#take('and'));
    const parts = [this.#not()];
    for (;;) {
      const isJoined = this.#take('and');
      while (this.#take('and'));
      if (!this.#startsOperand()) {
        if (isJoined && this.#at < this.#items.length) throw this.#misplaced(this.#at);
        return join('and', parts);
      }
      parts.push(this.#not());
    }
  }

  #not(): Filter {
    const item = this.#items[this.#at];
    if (this.#take('not')) return this.#nested(() => ({ kind: 'not', part: this.#not() }));
    if (this.#take('open')) return this.#parenthesised(this.#at - 1);
    if (item?.kind !== 'clause') throw this.#misplaced(this.#at);
    this.#at += 1;
    this.#comparisons += 1;
    if (this.#comparisons > MAX_COMPARISONS) {
      throw new InputError(`Simplify the filter: at most ${MAX_COMPARISONS} comparisons are allowed`);
    }
    const comparison = readComparison(item.clause, this.#language);
    return this.#language.special?.(comparison) ?? comparison;
  }

  #parenthesised(opener: number): Filter {
    return this.#nested(() => {
      const filter = this.#or();
      if (!this.#take('close')) throw this.#misplaced(this.#at < this.#items.length ? this.#at : opener);
      return filter;
    });
  }

  #nested(parse: () => Filter): Filter {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw new InputError(`Simplify the filter: parentheses and NOT may nest ${MAX_DEPTH} deep`);
    }
    const filter = parse();
    this.#depth -= 1;
    return filter;
  }

  #startsOperand(): boolean {
    const kind = this.#items[this.#at]?.kind;
    return kind === 'clause' || kind === 'not' || kind === 'open';
  }

  #take(kind: Item['kind']): boolean {
    if (this.#items[this.#at]?.kind !== kind) return false;
    this.#at += 1;
    return true;
  }

  /** The item at `at` stands where none may, or the last one lacks what should follow. */
  #misplaced(at: number): InputError {
    const item = this.#items[at] ?? this.#items.at(-1);
    return straysError(item === undefined ? [] : [item], this.#text, this.#language);
  }
}

function join(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : { kind, parts };
}
