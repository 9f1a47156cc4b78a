import { expect, test } from 'vitest';
import {
  decodeModel,
  elementTypeOf,
  encodeModel,
  graph,
  type ModelProto,
  model,
  node,
  tensorProto,
  valueInfo,
} from './proto.ts';

test('encodeModel() and decodeModel() are each other’s inverse', () => {
  const bytes = encodeModel(sample());
  const read = decodeModel(bytes);
  expect(read).toEqual(sample());
  expect(encodeModel(read)).toEqual(bytes);
});

test('decodeModel() refuses bytes that are no model, or only the head of one', () => {
  const bytes = encodeModel(sample());
  expect(() => decodeModel(new Uint8Array([0xff, 0xff, 0xff]))).toThrow(
    'Cannot read 3 bytes as an ONNX model',
  );
  expect(() => decodeModel(bytes.subarray(0, bytes.length - 5))).toThrow('give a whole .onnx file');
  expect(() => decodeModel(new Uint8Array())).toThrow('it holds no graph');
});

test('node() writes each attribute with its ONNX type', () => {
  const tensor = tensorProto('t', 'int64', [2], [1, -2]);
  const attributes = {
    axis: { int: -1 },
    perm: { ints: [0, 2, 1] },
    alpha: { float: 0.5 },
    scales: { floats: [1, 2] },
    mode: { string: 'linear' },
    names: { strings: ['a', 'ä'] },
    value: { tensor },
  };
  const read = roundTrip([node('Any', ['x', '', 'y'], ['z'], { domain: 'com.microsoft', attributes })])
    .node[0];
  expect(read?.domain).toBe('com.microsoft');
  expect(read?.input).toEqual(['x', '', 'y']);
  expect(read?.attribute.map(({ name, type }) => [name, type])).toEqual([
    ['axis', 2],
    ['perm', 7],
    ['alpha', 1],
    ['scales', 6],
    ['mode', 3],
    ['names', 8],
    ['value', 4],
  ]);
  const [axis, perm, alpha, scales, mode, names, value] = read?.attribute ?? [];
  expect([axis?.i, perm?.ints, alpha?.f, scales?.floats]).toEqual([-1n, [0n, 2n, 1n], 0.5, [1, 2]]);
  expect([mode?.s, ...(names?.strings ?? [])].map((text) => new TextDecoder().decode(text))).toEqual([
    'linear',
    'a',
    'ä',
  ]);
  expect(value?.t).toEqual(tensor);
});

test('tensorProto() stores little-endian raw data of the stated type', () => {
  expect([...tensorProto('f', 'float32', [1], [1]).rawData]).toEqual([0, 0, 0x80, 0x3f]);
  expect([...tensorProto('h', 'float16', [1], new Uint16Array([0x3c00])).rawData]).toEqual([0, 0x3c]);
  expect([...tensorProto('i', 'int32', [], [258]).rawData]).toEqual([2, 1, 0, 0]);
  expect([...tensorProto('l', 'int64', [1], [-1]).rawData]).toEqual(Array(8).fill(255));
  expect([...tensorProto('b', 'bool', [3], [1, 0, 1]).rawData]).toEqual([1, 0, 1]);
  const view = new Float32Array([9, 1, 9]).subarray(1, 2);
  expect([...tensorProto('v', 'float32', [1, 1], view).rawData]).toEqual([0, 0, 0x80, 0x3f]);
});

test('tensorProto() refuses data of another size or type', () => {
  expect(() => tensorProto('w', 'float32', [2, 3], [1, 2])).toThrow(
    "Cannot make tensor 'w' of shape [2, 3]: 6 elements wanted, 2 given",
  );
  expect(() => tensorProto('w', 'float32', [1], new Int32Array(1))).toThrow(
    'Cannot store a Int32Array as float32; give a Float32Array',
  );
  expect(() => tensorProto('w', 'float16', [1], [1])).toThrow('give their bits as a Uint16Array');
});

test('valueInfo() keeps sizes and names of dimensions apart', () => {
  const type = valueInfo('x', 'int64', ['batch', 8]).type?.value;
  const dims = type?.case === 'tensorType' ? type.value.shape?.dim : undefined;
  expect(dims?.map((dim) => dim.value)).toEqual([
    { case: 'dimParam', value: 'batch' },
    { case: 'dimValue', value: 8n },
  ]);
});

test('elementTypeOf() names known codes only', () => {
  expect(elementTypeOf(1)).toBe('float32');
  expect(elementTypeOf(7)).toBe('int64');
  expect(elementTypeOf(8)).toBeUndefined();
});

function sample(): ModelProto {
  return wrap([node('Gemm', ['x', 'w'], ['y'], { name: 'product', attributes: { transB: { int: 1 } } })]);
}

function roundTrip(nodes: ReturnType<typeof node>[]) {
  const read = decodeModel(encodeModel(wrap(nodes))).graph;
  if (read === undefined) throw new Error('the graph is lost');
  return read;
}

function wrap(nodes: ReturnType<typeof node>[]): ModelProto {
  return model({
    opsets: { '': 21, 'com.microsoft': 1 },
    graph: graph({
      name: 'sample',
      nodes,
      inputs: [valueInfo('x', 'float32', ['rows', 2])],
      outputs: [valueInfo('y', 'float32', ['rows', 3])],
      initializers: [tensorProto('w', 'float32', [3, 2], [1, 2, 3, 4, 5, 6])],
    }),
  });
}
