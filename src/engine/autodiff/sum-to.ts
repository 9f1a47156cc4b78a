// The transpose of broadcasting.
import { reduceSum, reshape, type Shape, sameShape, type Tensor } from '../graph/index.ts';

/** Sums a gradient over the axes along which an operand of `shape` was broadcast. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : [],
  );
  return reshape(reduceSum(gradient, { axes, keepDims: true }), shape);
}
