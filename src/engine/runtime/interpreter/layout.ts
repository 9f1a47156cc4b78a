// Kernels that make values and move them about: sources, layout, and indexing.
import type { OpName } from '../../graph/index.ts';
import { checkedIndex, type Kernels, operand, resultShape } from './kernel.ts';
import { broadcast, countOf, pick, places, put, stridesOf, type Value } from './value.ts';

type LayoutName = Extract<
  OpName,
  | (
      | 'constant'
      | 'dimension'
      | 'range'
      | 'reshape'
      | 'transpose'
      | 'broadcastTo'
      | 'concat'
      | 'slice'
      | 'pad'
    )
  | ('gatherRows' | 'scatterAddRows' | 'takeAlongLast' | 'scatterAddAlongLast')
>;

export const layout: Kernels<LayoutName> = {
  constant: ({ attributes }) => [Float64Array.from(attributes.data)],
  dimension: ({ attributes, size }) => [Float64Array.of(size(attributes.dim))],
  range: ({ attributes, size }) => [Float64Array.from({ length: size(attributes.size) }, (_, i) => i)],

  reshape: (application) => [operand(application).data],
  transpose: (application) => {
    const { data, shape } = operand(application);
    const strides = stridesOf(shape);
    const permuted = application.attributes.perm.map((axis) => strides[axis] as number);
    return [pick(data, places(resultShape(application), permuted))];
  },
  broadcastTo: (application) => [broadcast(operand(application), resultShape(application))],
  concat: (application) => {
    const shape = resultShape(application);
    const { axis } = application.attributes;
    const result = new Float64Array(countOf(shape));
    const strides = stridesOf(shape);
    let start = 0;
    for (const part of application.inputs) {
      put(result, places(part.shape, strides, start * (strides[axis] as number)), part.data);
      start += part.shape[axis] as number;
    }
    return [result];
  },
  slice: (application) => {
    const { data, shape } = operand(application);
    const { axis } = application.attributes;
    const start = application.size(application.attributes.start);
    const end = application.size(application.attributes.end);
    if (start < 0 || end < start || end > (shape[axis] as number))
      throw new RangeError(`[${start}, ${end}) is no range within ${shape[axis]}`);
    const strides = stridesOf(shape);
    return [pick(data, places(resultShape(application), strides, start * (strides[axis] as number)))];
  },
  pad: (application) => {
    const { data, shape } = operand(application);
    const { axis } = application.attributes;
    const before = application.size(application.attributes.before);
    if (before < 0 || application.size(application.attributes.after) < 0)
      throw new RangeError(`Cannot pad by a negative width`);
    const strides = stridesOf(resultShape(application));
    const result = new Float64Array(countOf(resultShape(application)));
    put(result, places(shape, strides, before * (strides[axis] as number)), data);
    return [result];
  },

  gatherRows: (application) => {
    const [data, indices] = application.inputs as readonly [Value, Value];
    const rowSize = countOf(data.shape.slice(1));
    const result = new Float64Array(countOf(resultShape(application)));
    indices.data.forEach((index, i) => {
      const start = checkedIndex(index, data.shape[0] as number) * rowSize;
      result.set(data.data.subarray(start, start + rowSize), i * rowSize);
    });
    return [result];
  },
  scatterAddRows: (application) => {
    const [base, indices, updates] = application.inputs as readonly [Value, Value, Value];
    const rowSize = countOf(base.shape.slice(1));
    const result = base.data.slice();
    indices.data.forEach((index, i) => {
      const start = checkedIndex(index, base.shape[0] as number) * rowSize;
      for (let j = 0; j < rowSize; j++) addAt(result, start + j, updates.data[i * rowSize + j] as number);
    });
    return [result];
  },
  takeAlongLast: (application) => {
    const [data, indices] = application.inputs as readonly [Value, Value];
    return [pick(data.data, placesAlongLast(data, indices))];
  },
  scatterAddAlongLast: (application) => {
    const [base, indices, updates] = application.inputs as readonly [Value, Value, Value];
    const result = base.data.slice();
    placesAlongLast(base, indices).forEach((place, i) => {
      addAt(result, place, updates.data[i] as number);
    });
    return [result];
  },
};

function addAt(data: Float64Array, place: number, x: number): void {
  data[place] = (data[place] as number) + x;
}

/** Where data[..., indices[..., j]] lies. */
function placesAlongLast(data: Value, indices: Value): Int32Array {
  const size = data.shape.at(-1) as number;
  const picked = indices.shape.at(-1) as number;
  return Int32Array.from(
    indices.data,
    (index, i) => Math.floor(i / picked) * size + checkedIndex(index, size),
  );
}
