// Sorting a vector inside a graph, by counting what lies below each element.
import {
  and,
  cast,
  type Dim,
  equal,
  greater,
  or,
  range,
  reduceSum,
  reshape,
  scatterAddAlongLast,
  type Tensor,
  zeros,
} from '../../engine/index.ts';

/** The elements of float32 [P] in ascending order, equal ones in their own; P^2 comparisons. */
export function sortAscending(x: Tensor): Tensor {
  const size = x.shape[0] as Dim;
  const places = range(size);
  const [own, other] = [column(x, size), row(x, size)];
  const earlier = greater(column(places, size), row(places, size));
  const above = or(greater(own, other), and(equal(own, other), earlier));
  const rank = cast(reduceSum(cast(above, 'float32'), { axes: [1] }), 'int64');
  return scatterAddAlongLast(zeros([size]), rank, x);
}

function column(x: Tensor, size: Dim): Tensor {
  return reshape(x, [size, 1]);
}

function row(x: Tensor, size: Dim): Tensor {
  return reshape(x, [1, size]);
}
