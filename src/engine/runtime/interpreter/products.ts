// Kernels of matrix products and rotary positions.
import { checkedIndex, type Kernel, type Kernels, resultShape } from './kernel.ts';
import { broadcastStrides, countOf, places, type Value } from './value.ts';

const matMul: Kernel<'matMul'> = (application) => {
  const { transposeA, transposeB, scale } = application.attributes;
  const [a, b] = application.inputs as readonly [Value, Value];
  const shape = resultShape(application);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const inner = a.shape.at(transposeA ? -2 : -1) as number;
  const [rowA, innerA] = transposeA ? [1, rows] : [inner, 1];
  const [innerB, columnB] = transposeB ? [1, inner] : [columns, 1];
  const startsA = matrixStarts(a, shape);
  const startsB = matrixStarts(b, shape);
  const result = new Float64Array(countOf(shape));
  result.forEach((_, at) => {
    const batch = Math.floor(at / (rows * columns));
    const row = Math.floor(at / columns) % rows;
    const startA = (startsA[batch] as number) + row * rowA;
    const startB = (startsB[batch] as number) + (at % columns) * columnB;
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += (a.data[startA + k * innerA] as number) * (b.data[startB + k * innerB] as number);
    result[at] = scale * sum;
  });
  return [result];
};

/** Where the matrix of each batch element of `result` begins in an operand. */
function matrixStarts({ shape }: Value, result: readonly number[]): Int32Array {
  const batch = result.slice(0, -2);
  const matrix = countOf(shape.slice(-2));
  const strides = broadcastStrides(shape.slice(0, -2), batch);
  return places(
    batch,
    strides.map((stride) => stride * matrix),
  );
}

/** The pair (x_i, x_(i + half)) turned by the angle whose cosine and sine the tables hold at its position. */
const rotary: Kernel<'rotary'> = (application) => {
  const [x, positions, cos, sin] = application.inputs as readonly [Value, Value, Value, Value];
  const [, heads, length, size] = x.shape as readonly [number, number, number, number];
  const half = size / 2;
  const result = new Float64Array(x.data.length);
  for (let start = 0; start < x.data.length; start += size) {
    const vector = start / size;
    const batch = Math.floor(vector / (heads * length));
    const position = positions.data[batch * length + (vector % length)] as number;
    const table = checkedIndex(position, cos.shape[0] as number) * half;
    for (let i = 0; i < half; i++) {
      const [a, b] = [x.data[start + i] as number, x.data[start + half + i] as number];
      const [c, s] = [cos.data[table + i] as number, sin.data[table + i] as number];
      result[start + i] = a * c - b * s;
      result[start + half + i] = b * c + a * s;
    }
  }
  return [result];
};

/** Exact in the weights that the whole numbers stand for, whatever the arithmetic. */
const quantizedLinear: Kernel<'quantizedLinear'> = ({ inputs, attributes }) => {
  const [x] = inputs as readonly [Value];
  const { data, scales, size } = attributes;
  const blocks = Math.ceil(size.in / 32);
  const [rows] = x.shape as readonly [number, number];
  const result = new Float64Array(rows * size.out);
  result.forEach((_, at) => {
    const [row, column] = [Math.floor(at / size.out), at % size.out];
    let sum = 0;
    for (let i = 0; i < size.in; i++) {
      const weight = (data[column * blocks * 32 + i] as number) - 128;
      const scale = scales[column * blocks + Math.floor(i / 32)] as number;
      sum += (x.data[row * size.in + i] as number) * weight * scale;
    }
    result[at] = sum;
  });
  return [result];
};

export const products: Kernels<'matMul' | 'quantizedLinear' | 'rotary'> = { matMul, quantizedLinear, rotary };
