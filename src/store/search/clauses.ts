// Groups tokens into comparisons and the words that join them; what fits nowhere is kept as a stray, to be named in the message.
import type { Token } from './lexer.ts';

/** A parenthesised list with the tokens between its parentheses. */
export type ListToken = { readonly kind: 'list'; readonly text: string; readonly tokens: readonly Token[] };

/** A comparison before its meaning is checked. `operator` is in capitals with single blanks; `right` is absent with IS [NOT] NULL. */
export type Clause = {
  readonly left: Token;
  readonly operator: string;
  readonly right: Token | ListToken | undefined;
};

/** An element of a filter at the level of AND, OR, NOT and parentheses. A `name` alone is as stray as a `stray`. */
export type Item =
  | { readonly kind: 'clause'; readonly clause: Clause; readonly start: number; readonly end: number }
  | {
      readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' | 'name' | 'stray';
      readonly start: number;
      readonly end: number;
    };

type Found = { readonly clause: Clause; readonly next: number };

/** The items of a filter, in order. */
export function groupClauses(text: string, tokens: readonly Token[]): readonly Item[] {
  const closers = matchParentheses(tokens);
  const items: Item[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at]!;
    const found = clauseAt(text, tokens, { at, closers });
    if (found === undefined) {
      pushSingle(items, token);
      at += 1;
    } else {
      const end = tokens[found.next - 1]!.end;
      items.push({ kind: 'clause', clause: found.clause, start: token.start, end });
      at = found.next;
    }
  }
  return items;
}

function clauseAt(
  text: string,
  tokens: readonly Token[],
  place: { at: number; closers: ReadonlyMap<number, number> },
): Found | undefined {
  const { at, closers } = place;
  const left = tokens[at]!;
  if (!isOperand(left)) return undefined;
  const words = [tokens[at + 1], tokens[at + 2], tokens[at + 3]].map(wordOf);
  if (left.kind === 'name' && words[0] === 'IS') {
    if (words[1] === 'NULL') return { clause: { left, operator: 'IS NULL', right: undefined }, next: at + 3 };
    if (words[1] === 'NOT' && words[2] === 'NULL') {
      return { clause: { left, operator: 'IS NOT NULL', right: undefined }, next: at + 4 };
    }
  }
  const width = words[0] === 'IN' ? 1 : words[0] === 'NOT' && words[1] === 'IN' ? 2 : 0;
  const isComparison = width === 0 && tokens[at + 1]?.kind === 'operator';
  if (width === 0 && !isComparison) return undefined;
  const valueAt = at + 1 + (isComparison ? 1 : width);
  const operator = isComparison ? words[0]! : width === 1 ? 'IN' : 'NOT IN';
  const list = listAt(text, tokens, { at: valueAt, closers });
  if (list !== undefined) return { clause: { left, operator, right: list.list }, next: list.next };
  const right = tokens[valueAt];
  if (!isComparison || right === undefined || !(isOperand(right) || wordOf(right) === 'NULL'))
    return undefined;
  return { clause: { left, operator, right }, next: valueAt + 1 };
}

function listAt(
  text: string,
  tokens: readonly Token[],
  place: { at: number; closers: ReadonlyMap<number, number> },
): { list: ListToken; next: number } | undefined {
  const close = place.closers.get(place.at);
  if (close === undefined) return undefined;
  const inner = tokens.slice(place.at + 1, close);
  const whole = text.slice(tokens[place.at]!.start, tokens[close]!.end);
  return { list: { kind: 'list', text: whole, tokens: inner }, next: close + 1 };
}

/** A token that begins no comparison. Behind a stray all but AND is stray too; a name joins what stands before it, as an alias does in SQL. */
function pushSingle(items: Item[], token: Token): void {
  const previous = items.at(-1);
  const kind = connective(token);
  const { start, end } = token;
  if (kind === 'and' || (kind !== undefined && previous?.kind !== 'stray' && previous?.kind !== 'name')) {
    items.push({ kind, start, end });
  } else if (token.kind === 'name' && (previous?.kind === 'clause' || previous?.kind === 'name')) {
    items.pop();
    items.push({ kind: 'stray', start: previous.start, end });
  } else {
    items.push({ kind: token.kind === 'name' ? 'name' : 'stray', start, end });
  }
}

function connective(token: Token): 'and' | 'or' | 'not' | 'open' | 'close' | undefined {
  if (token.kind === 'open' || token.kind === 'close') return token.kind;
  if (token.kind !== 'keyword') return undefined;
  const word = token.text.toUpperCase();
  return word === 'AND' ? 'and' : word === 'OR' ? 'or' : word === 'NOT' ? 'not' : undefined;
}

function isOperand(token: Token): boolean {
  return (
    token.kind === 'name' || token.kind === 'string' || token.kind === 'number' || token.kind === 'operation'
  );
}

function wordOf(token: Token | undefined): string | undefined {
  return token?.kind === 'keyword' || token?.kind === 'operator'
    ? token.text.toUpperCase().replaceAll(/\s+/g, ' ')
    : undefined;
}

/** For each opening parenthesis that is closed, where. */
function matchParentheses(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closers = new Map<number, number>();
  const open: number[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'open') open.push(index);
    const opener = token.kind === 'close' ? open.pop() : undefined;
    if (opener !== undefined) closers.set(opener, index);
  }
  return closers;
}
