// Reads the list behind IN as MLflow does, which hands it to Python: escapes mean what they mean there, neighbours join.
import { InputError } from '../../core/index.ts';
import type { ListToken } from './clauses.ts';
import type { Token } from './lexer.ts';

const ILL_FORMED =
  'While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.';
const EMPTY =
  'While parsing a list in the query, expected a non-empty list of string values, but got empty list';
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

type Element = { readonly text: string; readonly found: string; readonly isText: boolean };

/** The texts of a list: one or more. @throws InputError when it is empty, ill-formed or holds anything else. */
export function readList(list: ListToken): readonly string[] {
  const elements = splitAtCommas(withoutInnerParentheses(list.tokens)).map(readElement);
  if (elements.length === 0) throw new InputError(EMPTY);
  const other = elements.filter((element) => !element.isText);
  if (other.length > 0) throw new InputError(otherElements(elements));
  return elements.map((element) => element.text);
}

/** Parentheses around single elements say nothing; a comma inside them would make a list in a list. */
function withoutInnerParentheses(tokens: readonly Token[]): readonly Token[] {
  let depth = 0;
  const kept: Token[] = [];
  for (const token of tokens) {
    if (token.kind === 'open') depth += 1;
    else if (token.kind === 'close') depth -= 1;
    else if (token.text === ',' && depth > 0) throw new InputError(ILL_FORMED);
    else kept.push(token);
  }
  return kept;
}

function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  if (tokens.length === 0) return [];
  const groups: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',') groups.push([]);
    else groups.at(-1)!.push(token);
  }
  const last = groups.at(-1)!;
  return last.length === 0 && groups.length > 1 ? groups.slice(0, -1) : groups;
}

function readElement(tokens: readonly Token[]): Element {
  const found = tokens.map((token) => token.text).join(' ');
  const texts = tokens.map((token) => quotedText(token.text));
  if (texts.length > 0 && texts.every((text) => text !== undefined)) {
    return { text: texts.join(''), found, isText: true };
  }
  const isConstant = tokens.length === 1 && /^(?:-?[\d.]+|None|True|False)$/.test(found);
  if (!isConstant) throw new InputError(ILL_FORMED);
  return { text: found, found, isText: false };
}

/** What Python makes of a quoted text; two quotes in a row end one text and begin the next. */
function quotedText(text: string): string | undefined {
  const quote = text[0];
  if ((quote !== "'" && quote !== '"') || text.length < 2 || !text.endsWith(quote)) return undefined;
  const inner = text.slice(1, -1);
  return inner.replaceAll(/\\([nrt\\'"])|''|""/g, (pair, escaped: string | undefined) => {
    if (escaped !== undefined) return ESCAPES[escaped] ?? pair;
    return pair[0] === quote ? '' : pair;
  });
}

function otherElements(elements: readonly Element[]): string {
  const tuple = `(${elements.map((element) => element.found).join(', ')}${elements.length === 1 ? ',' : ''})`;
  return `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${tuple}`;
}
