// What texts are allowed, as an expression over bytes; and the few ways to put expressions together.

/** Inclusive bounds. */
export type Range = readonly [low: number, high: number];

/**
 * - `symbol`: one byte in a range; from 256 on, the special token with id `symbol - 256`
 * - `repeat`: from `least` to `most` (may be Infinity) times
 * - `rule`: a named expression of the grammar, which may lead back to itself
 */
export type Expression =
  | { readonly kind: 'symbol'; readonly ranges: readonly Range[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly of: Expression; readonly least: number; readonly most: number }
  | { readonly kind: 'rule'; readonly name: string };

/** Named expressions; texts match `root`. */
export type Grammar = { readonly root: Expression; readonly rules: ReadonlyMap<string, Expression> };

/** First symbol that is no byte. */
export const firstTokenSymbol = 256;

const utf8 = new TextEncoder();

export function literal(text: string): Expression {
  return sequence(...Array.from(utf8.encode(text), (byte) => symbol([byte, byte])));
}

export function symbol(...ranges: readonly Range[]): Expression {
  return { kind: 'symbol', ranges };
}

/** A special token, which has no text. */
export function tokenSymbol(id: number): Expression {
  return symbol([firstTokenSymbol + id, firstTokenSymbol + id]);
}

export function sequence(...parts: readonly Expression[]): Expression {
  return { kind: 'sequence', parts };
}

export function choice(...options: readonly Expression[]): Expression {
  const [only] = options;
  return only !== undefined && options.length === 1 ? only : { kind: 'choice', options };
}

export function repeat(of: Expression, least: number, most = Number.POSITIVE_INFINITY): Expression {
  return { kind: 'repeat', of, least, most };
}

export function optional(of: Expression): Expression {
  return repeat(of, 0, 1);
}

export function rule(name: string): Expression {
  return { kind: 'rule', name };
}

/** The empty text. */
export const nothing: Expression = sequence();
