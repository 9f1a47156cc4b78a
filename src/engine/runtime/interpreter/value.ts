// Values as the interpreter holds them, and the walk over strided views that most kernels are written in.
import type { DType } from '../../graph/index.ts';

/** A tensor of any element type in float64, row-major; truth values are 0 and 1. */
export type Value = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
};

/** The number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** How far apart neighbours along each axis lie in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

/** The places of a strided view's elements, in the view's row-major order. */
export function places(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let result = Int32Array.of(start);
  shape.forEach((size, axis) => {
    const stride = strides[axis] as number;
    const longer = new Int32Array(result.length * size);
    for (let i = 0; i < result.length; i++) {
      for (let j = 0; j < size; j++) longer[i * size + j] = (result[i] as number) + j * stride;
    }
    result = longer;
  });
  return result;
}

/** The strides with which `from` is read when it is broadcast to `to`: 0 along repeated axes. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : (own[axis - lead] as number)));
}

/** An operand's data repeated to a shape that it broadcasts to. */
export function broadcast(value: Value, shape: readonly number[]): Float64Array {
  return pick(value.data, places(shape, broadcastStrides(value.shape, shape)));
}

/** The elements at the given places. */
export function pick(data: Float64Array, from: Int32Array): Float64Array {
  return Float64Array.from(from, (place) => data[place] as number);
}

/** Writes elements to the given places. */
export function put(data: Float64Array, to: Int32Array, elements: Float64Array): void {
  elements.forEach((element, i) => {
    data[to[i] as number] = element;
  });
}
