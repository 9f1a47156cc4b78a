// The functions that search needs on SQLite: each compiles a pattern once and keeps it for the next row.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { compileCaseInsensitiveLike } from './case-insensitive.ts';
import { compilePattern } from './pattern-match.ts';

/** `search_ilike(pattern, text)`. */
export const ILIKE_FUNCTION = 'search_ilike';
/** `search_rlike(pattern, text)`. */
export const RLIKE_FUNCTION = 'search_rlike';

type Matcher = (text: string) => boolean;

/** A few filters run side by side; more are compiled again. */
const KEPT = 64;

/** Registers what ILIKE and RLIKE compile to. Call it on every connection that searches. */
export function registerSearchFunctions(database: DatabaseSync): void {
  registerMatcher(database, ILIKE_FUNCTION, compileCaseInsensitiveLike);
  registerMatcher(database, RLIKE_FUNCTION, compilePattern);
}

function registerMatcher(database: DatabaseSync, name: string, compile: (pattern: string) => Matcher): void {
  const kept = new Map<string, Matcher>();
  const matcherOf = (pattern: string): Matcher => {
    const present = kept.get(pattern);
    if (present !== undefined) return present;
    if (kept.size >= KEPT) kept.clear();
    const matcher = compile(pattern);
    kept.set(pattern, matcher);
    return matcher;
  };
  database.function(
    name,
    { deterministic: true, directOnly: true },
    (pattern: SQLOutputValue, text: SQLOutputValue) =>
      typeof pattern !== 'string' || text === null ? null : Number(matcherOf(pattern)(String(text))),
  );
}
