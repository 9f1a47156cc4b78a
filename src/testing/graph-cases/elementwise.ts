// Cases of the operations that work element by element.
import {
  abs,
  add,
  and,
  cast,
  constant,
  cos,
  div,
  equal,
  erf,
  exp,
  greater,
  greaterOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  type Operand,
  or,
  pow,
  reciprocal,
  relu,
  sigmoid,
  silu,
  sin,
  softplus,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  tanh,
  where,
} from '../../engine/index.ts';
import { awayFromZero, bool, type Draw, float, type GraphCase, index, positive } from './case.ts';

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Operand, b: Operand) => Tensor;

const normal: Draw = (random) => random.normal();
const wide: Draw = (random) => 12 * random.normal();
const sizes = { B: 2, L: 3 };

function unary(name: string, op: Unary, draw: Draw = normal): GraphCase[] {
  return [
    { name: `${name} of a matrix`, operands: [float([2, 3], draw)], build: op },
    { name: `${name} of a scalar`, operands: [float([], draw)], build: op },
    { name: `${name} of named dimensions`, operands: [float(['B', 'L', 4], draw)], build: op, sizes },
    { name: `${name} of nothing`, operands: [float(['B', 4], draw)], build: op, sizes: { B: 0 } },
    { name: `${name} of many`, operands: [float([64, 257], draw)], build: op, large: true },
  ];
}

/** Where the result is flat, a gradient is small against those of the other elements, not against itself. */
function farOut(name: string, op: Unary): GraphCase[] {
  return [{ name: `${name} far out`, operands: [float(['B', 20], wide)], build: op, sizes }];
}

function binary(name: string, op: Binary, draws: readonly [Draw, Draw] = [normal, normal]): GraphCase[] {
  const [a, b] = draws;
  return [
    { name: `${name} of equal shapes`, operands: [float([2, 3], a), float([2, 3], b)], build: op },
    { name: `${name} of a row`, operands: [float(['B', 3], a), float([3], b)], build: op, sizes },
    { name: `${name} of a column, first`, operands: [float([2, 1], a), float([2, 3], b)], build: op },
    {
      name: `${name} of a column and a row`,
      operands: [float(['B', 1, 2], a), float(['L', 1], b)],
      build: op,
      sizes,
    },
    {
      name: `${name} of a scalar and a tensor`,
      operands: [float([], a), float(['B', 'L'], b)],
      build: op,
      sizes,
    },
    {
      name: `${name} of a size that happens to be one`,
      operands: [float(['B', 3], a), float([3], b)],
      build: op,
      sizes: { B: 1 },
    },
    { name: `${name} of many`, operands: [float([65, 256], a), float([65, 1], b)], build: op, large: true },
  ];
}

const truth = (name: string, op: Binary): GraphCase[] =>
  binary(name, op).map((one) => ({ ...one, constant: true }));

function logical(name: string, op: Binary): GraphCase[] {
  const operands = [bool([2, 4]), bool([4])];
  return [{ name: `${name} of a row`, operands, build: op, constant: true }];
}

export const elementwiseCases = {
  neg: unary('neg', neg),
  exp: unary('exp', exp),
  log: unary('log', log, positive),
  sqrt: unary('sqrt', sqrt, positive),
  reciprocal: unary('reciprocal', reciprocal, awayFromZero),
  abs: unary('abs', abs, awayFromZero),
  sin: unary('sin', sin),
  cos: unary('cos', cos),
  tanh: unary('tanh', tanh),
  erf: unary('erf', erf),
  sigmoid: [...unary('sigmoid', sigmoid), ...farOut('sigmoid', sigmoid)],
  softplus: [...unary('softplus', softplus), ...farOut('softplus', softplus)],
  silu: [...unary('silu', silu), ...farOut('silu', silu)],
  relu: unary('relu', relu, awayFromZero),
  not: [{ name: 'not of a matrix', operands: [bool(['B', 3])], build: not, sizes, constant: true }],
  cast: [
    {
      name: 'cast of bool to float32',
      operands: [bool([2, 3])],
      build: (x) => cast(x, 'float32'),
      constant: true,
    },
    {
      name: 'cast of int64 to float32',
      operands: [index([5], 9)],
      build: (x) => cast(x, 'float32'),
      constant: true,
    },
    {
      name: 'cast of float32 to int64',
      operands: [float([6], (_, i) => (i - 2.5) * 1.3)],
      build: (x) => cast(x, 'int64'),
      constant: true,
    },
    {
      name: 'cast of float32 to bool',
      operands: [float([6], (_, i) => i % 2)],
      build: (x) => cast(x, 'bool'),
      constant: true,
    },
  ],
  stopGradient: [
    { name: 'stopGradient of an input', operands: [float([3])], build: stopGradient, constant: true },
    {
      name: 'stopGradient of one factor',
      operands: [float([3])],
      build: (x) => mul(exp(x), stopGradient(exp(x))),
      constant: true,
    },
  ],

  add: binary('add', add),
  sub: binary('sub', sub),
  mul: binary('mul', mul),
  div: binary('div', div, [normal, awayFromZero]),
  pow: [
    ...binary('pow', pow, [positive, normal]),
    { name: 'pow of negative values', operands: [float([2, 3], awayFromZero)], build: (x) => pow(x, 2) },
    {
      name: 'pow to a constant row',
      operands: [float([2, 3], positive)],
      build: (x) => pow(x, constant([3, 0.5, -1], [3])),
    },
  ],
  maximum: binary('maximum', maximum),
  minimum: binary('minimum', minimum),
  equal: [
    ...truth('equal', equal),
    {
      name: 'equal of integers',
      operands: [index(['B', 5], 3), index([], 3)],
      build: equal,
      sizes,
      constant: true,
    },
  ],
  greater: truth('greater', greater),
  greaterOrEqual: [
    ...truth('greaterOrEqual', greaterOrEqual),
    {
      name: 'greaterOrEqual of integers',
      operands: [index(['B', 5], 3), index([5], 3)],
      build: greaterOrEqual,
      sizes,
      constant: true,
    },
  ],
  and: logical('and', and),
  or: logical('or', or),
  where: [
    { name: 'where of equal shapes', operands: [bool([2, 3]), float([2, 3]), float([2, 3])], build: where },
    {
      name: 'where of a masked row',
      operands: [bool(['B', 1, 4]), float(['B', 'L', 4])],
      build: (c, x) => where(c as Tensor, x as Tensor, -3),
      sizes,
    },
    {
      name: 'where of a scalar and a column',
      operands: [bool([3]), float([]), float(['B', 1])],
      build: where,
      sizes,
    },
    {
      name: 'where of integers',
      operands: [bool([3]), index([2, 3], 5), index([3], 5)],
      build: where,
      constant: true,
    },
  ],
} satisfies Record<string, readonly GraphCase[]>;
