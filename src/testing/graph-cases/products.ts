// Cases of matrix products and rotary positions.
import { matMul, quantizedLinear, rotary, type Shape, type Tensor } from '../../engine/index.ts';
import { float, type GraphCase, index } from './case.ts';

const sizes = { B: 2, L: 3, N: 4 };
const flags = [false, true];

/** Both operands of a product [rows, 3] x [3, columns], each stored transposed on request. */
function product(
  name: string,
  leads: readonly [Shape, Shape],
  { transposeA, transposeB, scale = 1 }: { transposeA: boolean; transposeB: boolean; scale?: number },
): GraphCase {
  const a: Shape = [...leads[0], ...(transposeA ? [3, 'L'] : ['L', 3])];
  const b: Shape = [...leads[1], ...(transposeB ? [2, 3] : [3, 2])];
  return {
    name: `matMul ${name}${transposeA ? ', A transposed' : ''}${transposeB ? ', B transposed' : ''}`,
    operands: [float(a), float(b)],
    build: (x, y) => matMul(x as Tensor, y as Tensor, { transposeA, transposeB, scale }),
    sizes,
  };
}

const leadings: Readonly<Record<string, readonly [Shape, Shape]>> = {
  'of matrices': [[], []],
  'of a batch and a shared matrix': [['B'], []],
  'of heads and a shared matrix': [['B', 2], []],
  'of a matrix and a batch': [[], ['B']],
  'of equal batches': [
    ['B', 2],
    ['B', 2],
  ],
  'of batches that broadcast': [
    ['B', 1],
    [1, 3],
  ],
};

const products = Object.entries(leadings).flatMap(([name, leads]) =>
  flags.flatMap((transposeA) =>
    flags.flatMap((transposeB) => [
      product(name, leads, { transposeA, transposeB }),
      product(`${name}, scaled`, leads, { transposeA, transposeB, scale: 0.3 }),
    ]),
  ),
);

const large = (name: string, a: Shape, b: Shape, options: Parameters<typeof matMul>[2] = {}): GraphCase => ({
  name: `matMul of large ${name}`,
  operands: [float(a), float(b)],
  build: (x, y) => matMul(x as Tensor, y as Tensor, options),
  large: true,
});

const turn = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor) => rotary(x, positions, { cos, sin });
const tables = (rows: number, half: number) => [
  float([rows, half], (_, i) => Math.cos(i * 0.7)),
  float([rows, half], (_, i) => Math.sin(i * 0.7)),
];

function quantized(name: string, size: { in: number; out: number }): GraphCase {
  const blocks = size.out * Math.ceil(size.in / 32);
  const data = Uint8Array.from({ length: 32 * blocks }, (_, i) => (i * 37 + (i >> 3)) % 256);
  const scales = Float32Array.from({ length: blocks }, (_, i) => 0.01 + 0.001 * (i % 7));
  return {
    name: `quantizedLinear ${name}`,
    operands: [float(['N', size.in])],
    build: (x) => quantizedLinear(x as Tensor, { data, scales, size, arithmetic: 'float32' }),
    sizes,
    differentiate: [],
    constant: true,
  };
}

export const productCases = {
  quantizedLinear: [
    quantized('of whole blocks', { in: 64, out: 48 }),
    quantized('of a part of a block', { in: 20, out: 5 }),
  ],
  matMul: [
    ...products,
    {
      name: 'matMul of no rows',
      operands: [float(['N', 3]), float([3, 2])],
      build: (a, b) => matMul(a as Tensor, b as Tensor),
      sizes: { N: 0 },
    },
    {
      name: 'matMul of one batch by name',
      operands: [float(['B', 'L', 3]), float([3, 2])],
      build: (a, b) => matMul(a as Tensor, b as Tensor),
      sizes: { B: 1, L: 1 },
    },
    large('matrices', [130, 200], [200, 150]),
    large('matrices, both transposed', [200, 130], [150, 200], { transposeA: true, transposeB: true }),
    large('batches', [4, 6, 64, 32], [4, 6, 64, 32], { transposeB: true, scale: 0.125 }),
    large('batch and a matrix', [8, 50, 64], [64, 100]),
  ],
  rotary: [
    {
      name: 'rotary of heads',
      differentiate: [0],
      operands: [float([2, 3, 4, 6]), index([2, 4], 5), ...tables(5, 3)],
      build: turn,
    },
    {
      name: 'rotary of named dimensions',
      differentiate: [0],
      operands: [float(['B', 2, 'L', 4]), index(['B', 'L'], 7), ...tables(7, 2)],
      build: turn,
      sizes,
    },
    {
      name: 'rotary of many',
      differentiate: [0],
      operands: [float([4, 8, 64, 32]), index([4, 64], 100), ...tables(100, 16)],
      build: turn,
      large: true,
    },
  ],
} satisfies Record<string, readonly GraphCase[]>;
