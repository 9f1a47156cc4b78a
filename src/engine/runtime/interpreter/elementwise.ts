// Kernels that work element by element, operands broadcast.
import type { OpName } from '../../graph/index.ts';
import { type Kernels, operand, type PlainKernel, resultShape } from './kernel.ts';
import { broadcast } from './value.ts';

const unary =
  (f: (x: number) => number): PlainKernel =>
  (application) => [operand(application).data.map((x) => f(x))];

const binary =
  (f: (a: number, b: number) => number): PlainKernel =>
  (application) => {
    const [a, b] = [0, 1].map((i) => broadcast(operand(application, i), resultShape(application)));
    return [(a as Float64Array).map((x, i) => f(x, (b as Float64Array)[i] as number))];
  };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

type ElementwiseName = Extract<
  OpName,
  | ('neg' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'abs' | 'sin' | 'cos' | 'tanh' | 'erf' | 'sigmoid')
  | ('softplus' | 'silu' | 'relu' | 'not' | 'cast' | 'stopGradient')
  | ('add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum')
  | ('equal' | 'greater' | 'greaterOrEqual' | 'and' | 'or' | 'where')
>;

export const elementwise: Kernels<ElementwiseName> = {
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  abs: unary(Math.abs),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tanh: unary(Math.tanh),
  erf: unary(errorFunction),
  sigmoid: unary(sigmoid),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  silu: unary((x) => x * sigmoid(x)),
  relu: unary((x) => Math.max(x, 0)),
  not: unary((x) => 1 - x),
  cast: (application) => {
    const { to } = application.attributes;
    const { data } = operand(application);
    if (to === 'float32') return [data];
    return [data.map(to === 'bool' ? (x) => Number(x !== 0) : Math.trunc)];
  },
  stopGradient: (application) => [operand(application).data],

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: (application) =>
    operand(application).dtype === 'float32'
      ? binary((a, b) => a / b)(application)
      : binary(divideIntegers)(application),
  pow: binary((a, b) => a ** b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  equal: binary((a, b) => Number(a === b)),
  greater: binary((a, b) => Number(a > b)),
  greaterOrEqual: binary((a, b) => Number(a >= b)),
  and: binary((a, b) => a * b),
  or: binary(Math.max),
  where: (application) => {
    const [condition, a, b] = application.inputs.map((value) => broadcast(value, resultShape(application)));
    const side = (i: number) => ((condition as Float64Array)[i] === 1 ? a : b);
    return [(condition as Float64Array).map((_, i) => side(i)?.[i] as number)];
  },
};

/** Towards zero, as C does. */
function divideIntegers(a: number, b: number): number {
  if (b === 0) throw new RangeError(`Cannot divide the integer ${a} by zero`);
  return Math.trunc(a / b);
}

/** 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 ... (2n+1)): all terms of one sign (Abramowitz and Stegun 7.1.6). */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
