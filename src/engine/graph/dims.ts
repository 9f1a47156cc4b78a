// Arithmetic of named dimensions: sizes are polynomials over names, written in one canonical form.
import type { Dim, Shape } from './types.ts';

/** Coefficients by monomial; a monomial is its names, sorted and joined by '*', '' for the constant. */
type Polynomial = ReadonlyMap<string, number>;

/** The values of named dimensions at a run. */
export type DimBindings = ReadonlyMap<string, number>;

/** a + b. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(parse(a));
  for (const [key, factor] of parse(b)) sum.set(key, (sum.get(key) ?? 0) + factor);
  return format(sum);
}

/** a - b. */
export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

/** a * b. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b + 0; // not -0
  const product = new Map<string, number>();
  for (const [keyA, factorA] of parse(a)) {
    for (const [keyB, factorB] of parse(b)) {
      const key = [...names(keyA), ...names(keyB)].sort().join('*');
      product.set(key, (product.get(key) ?? 0) + factorA * factorB);
    }
  }
  return format(product);
}

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): Dim {
  return shape.reduce<Dim>((size, dim) => multiplyDims(size, dim), 1);
}

/** The value of a dimension under bindings. Throws a RangeError for an unbound name. */
export function evaluateDim(dim: Dim, bindings: DimBindings): number {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const [factor, factors] of dimTerms(dim)) {
    total += factors.reduce((value, name) => {
      const bound = bindings.get(name);
      if (bound === undefined)
        throw new RangeError(`Cannot evaluate dimension '${dim}': '${name}' is not bound`);
      return value * bound;
    }, factor);
  }
  return total;
}

/** The terms of a dimension, each a coefficient and the names it multiplies. */
export function dimTerms(dim: Dim): readonly (readonly [factor: number, names: readonly string[]])[] {
  return [...parse(dim)].map(([key, factor]) => [factor, names(key)]);
}

/** The shape two operands broadcast to, or undefined when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - (rank - a.length)] ?? 1;
    const y = b[i - (rank - b.length)] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

function names(key: string): string[] {
  return key === '' ? [] : key.split('*');
}

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map([['', dim]]);
  const result = new Map<string, number>();
  for (const term of dim.split('+')) {
    const factors = term.split('*');
    const factor = factors.filter(isNumeral).reduce((value, part) => value * Number(part), 1);
    const key = factors.filter((part) => !isNumeral(part)).join('*');
    result.set(key, (result.get(key) ?? 0) + factor);
  }
  return result;
}

function isNumeral(part: string): boolean {
  return /^-?\d+$/.test(part);
}

function format(polynomial: Polynomial): Dim {
  const terms = [...polynomial]
    .filter(([, factor]) => factor !== 0)
    .sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0));
  if (terms.length === 0) return 0;
  const [first] = terms;
  if (terms.length === 1 && first?.[0] === '') return first[1];
  return terms
    .map(([key, factor]) => (key === '' ? `${factor}` : factor === 1 ? key : `${factor}*${key}`))
    .join('+');
}
