// Cuts a filter into tokens in one pass; each keeps the text it was cut from, for messages.

/** What a token is. `operation` is arithmetic between names (`a-b`), which no filter takes: it is kept whole for messages. */
export type TokenKind =
  | 'name'
  | 'string'
  | 'number'
  | 'operation'
  | 'operator'
  | 'keyword'
  | 'open'
  | 'close'
  | 'other';

/** A piece of a filter: `text` as written, `start` and `end` where it stands (UTF-16 units, end exclusive). */
export type Token = {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

const BLANK = /\s+/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_$#.])/uy;
const WORD = /[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_$#]*/uy;
const SUBSCRIPT = /(?:\[[^[\]\s]*\]|\([^()\s'"`]*\))+/y;
const NOT_LIKE = /not\s+(?:like|ilike|rlike)(?![\p{L}\p{N}_$#.])/iuy;
const COMPARISON = /[<>=~!]+/y;
const COMMENT = /(?:--|# )[^\r\n]*|\/\*/y;
const ARITHMETIC = /[-+/*%@^&|#]+/y;
const KEYWORDS = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'NULL',
  'TRUE',
  'FALSE',
  'NONE',
  'BETWEEN',
  'ISNULL',
]);
const WORD_OPERATORS = new Set(['LIKE', 'ILIKE', 'RLIKE']);

/** The tokens of `text`, blanks left out. Never throws: what is not understood is a token of kind `other`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const afterBlank = match(BLANK, text, at);
    if (afterBlank > at) {
      at = afterBlank;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function tokenAt(text: string, start: number): Token {
  const cut = (kind: TokenKind, end: number): Token => ({ kind, text: text.slice(start, end), start, end });
  const character = text[start];
  if (character === '(') return cut('open', start + 1);
  if (character === ')') return cut('close', start + 1);
  const comment = match(COMMENT, text, start);
  if (comment > start) return cut('other', comment);
  const comparison = match(COMPARISON, text, start);
  if (comparison > start) return cut('operator', comparison);
  const notLike = match(NOT_LIKE, text, start);
  if (notLike > start) return cut('operator', notLike);
  return operandAt(text, start) ?? cut('other', start + symbolLength(text, start));
}

function operandAt(text: string, start: number): Token | undefined {
  const end = simpleOperandEnd(text, start);
  if (end === undefined) return undefined;
  const operationEnd = arithmeticEnd(text, end);
  const whole = text.slice(start, operationEnd);
  if (operationEnd > end) return { kind: 'operation', text: whole, start, end: operationEnd };
  return { kind: operandKind(whole, text, start), text: whole, start, end };
}

function operandKind(whole: string, text: string, start: number): TokenKind {
  if (whole.startsWith("'")) return 'string';
  if (match(NUMBER, text, start) > start) return 'number';
  const word = whole.toUpperCase();
  if (WORD_OPERATORS.has(word)) return 'operator';
  return KEYWORDS.has(word) ? 'keyword' : 'name';
}

function simpleOperandEnd(text: string, start: number): number | undefined {
  if (text[start] === "'") return quotedEnd(text, start);
  const number = match(NUMBER, text, start);
  return number > start ? number : nameEnd(text, start);
}

/** A name: parts joined by dots, each bare or quoted; the last may be empty (`params.`). */
function nameEnd(text: string, start: number): number | undefined {
  let end = partEnd(text, start);
  if (end === undefined) return undefined;
  while (text[end] === '.') {
    const part = partEnd(text, end + 1) ?? end + 1;
    end = match(SUBSCRIPT, text, part);
  }
  return end;
}

function partEnd(text: string, start: number): number | undefined {
  const character = text[start];
  if (character === '`' || character === '"') return quotedEnd(text, start);
  if (character === "'" && text[start - 1] === '.') return quotedEnd(text, start);
  const word = match(WORD, text, start);
  return word > start ? word : undefined;
}

/** Where arithmetic that follows an operand without blanks ends: `train/loss`, `a-b+c`. */
function arithmeticEnd(text: string, start: number): number {
  let end = start;
  for (;;) {
    if (match(COMMENT, text, end) > end) return end;
    const sign = match(ARITHMETIC, text, end);
    if (sign === end) return end;
    const next = simpleOperandEnd(text, sign);
    if (next === undefined) return end;
    end = next;
  }
}

/**
 * Where a quoted text ends. A doubled quote and (but for backticks) a quote behind a backslash belong to it; where that would leave
 * it open, the last of those closes it. Nothing is unescaped: MLflow keeps the text between the quotes as it is.
 */
function quotedEnd(text: string, start: number): number | undefined {
  const quote = text[start] ?? '';
  let fallback: number | undefined;
  let at = text.indexOf(quote, start + 1);
  while (at !== -1) {
    const escaped = quote !== '`' && text[at - 1] === '\\' && at - 1 > start;
    const doubled = !escaped && text[at + 1] === quote;
    if (!escaped && !doubled) return at + 1;
    fallback = at + 1;
    at = text.indexOf(quote, at + (doubled ? 2 : 1));
  }
  return fallback;
}

function symbolLength(text: string, start: number): number {
  return (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
}

/** Where `pattern` (sticky) ends when it matches at `start`, else `start`. */
function match(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}
