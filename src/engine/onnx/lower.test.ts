// What lowering promises about the ONNX model beside its values, which runtime's tests compare.
import { expect, test } from 'vitest';
import {
  add,
  concat,
  constant,
  exp,
  type Graph,
  input,
  mul,
  reduceSum,
  reshape,
  rmsNorm,
  scalar,
  silu,
  stopGradient,
  type Tensor,
  zeros,
} from '../graph/index.ts';
import { Session } from '../runtime/index.ts';
import { lowerGraph, opsets } from './lower.ts';
import type { GraphProto } from './proto.ts';

const x = () => input('x', 'float32', ['B', 4]);
const lowered = (outputs: Graph['outputs']) => lowerGraph({ outputs }).graph as GraphProto;
const operations = (graph: GraphProto) => graph.node.map((node) => node.opType);

test('lowerGraph() states its operator sets and the graph’s name', () => {
  const model = lowerGraph({ outputs: { y: exp(x()) } }, { name: 'step' });
  expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual(
    Object.entries(opsets),
  );
  expect(model.graph?.name).toBe('step');
});

test('lowerGraph() keeps the names of inputs, outputs and dimensions', () => {
  const graph = lowered({ rows: reshape(x(), ['4*B']) });
  const dims = (list: GraphProto['input']) =>
    list.map(({ name, type }) => [
      name,
      type?.value.case === 'tensorType' && type.value.value.shape?.dim.map((dim) => dim.value.value),
    ]);
  expect(dims(graph.input)).toEqual([['x', ['B', 4n]]]);
  expect(dims(graph.output)).toEqual([['rows', ['4*B']]]);
});

test('lowerGraph() lets the producer write an output itself, and copies only where it must', () => {
  const y = exp(x());
  expect(operations(lowered({ y }))).toEqual(['Exp']);
  expect(operations(lowered({ y, again: y }))).toEqual(['Exp', 'Identity']);
  expect(operations(lowered({ y, next: exp(y) }))).toEqual(['Exp', 'Exp']);
  expect(operations(lowered({ same: x() }))).toEqual(['Identity']);
  expect(operations(lowered({ fixed: scalar(2) }))).toEqual(['Identity']);
  expect(operations(lowered({ y: stopGradient(y) }))).toEqual(['Exp']);
});

test('lowerGraph() shares constants that are equal to the bit, and no others', () => {
  const y = mul(add(x(), 0.1), constant(Float32Array.of(0.1), []));
  expect(lowered({ y }).initializer).toHaveLength(1);
  expect(lowered({ y: scalar(0), z: scalar(-0) }).initializer).toHaveLength(2);
  expect(lowered({ y: scalar(1), z: scalar(1, 'int64'), w: constant([1], [1]) }).initializer).toHaveLength(3);
});

test('lowerGraph() computes a dimension once', () => {
  const tensor = x();
  const y = concat([zeros(['B', 2]), tensor, zeros(['B', 2])], 1);
  expect(operations(lowered({ y })).filter((operation) => operation === 'Shape')).toHaveLength(1);
});

test('lowerGraph() leaves out what nobody reads', () => {
  const rows = x();
  const weight = input('weight', 'float32', [4]);
  expect(operations(lowered({ y: rmsNorm(rows, weight, 1e-5) }))).toEqual(['RMSNormalization']);
  const unread = silu(rows);
  expect(operations(lowered({ y: exp(rows) }))).not.toContain(unread.node.op);
});

test('lowerGraph() keeps generated names clear of the caller’s', async () => {
  const a = input('Exp_0', 'float32', [2]);
  const b = input('constant_0', 'float32', [2]);
  const graph = { outputs: { Exp_1: mul(exp(a), b), Mul_2: add(exp(b), 3) } };
  await using session = await Session.create(graph);
  const feed = { dtype: 'float32', shape: [2], data: Float32Array.of(0, 0) } as const;
  const outputs = await session.run({ Exp_0: feed, constant_0: feed });
  expect([[...(outputs.Exp_1?.data ?? [])], [...(outputs.Mul_2?.data ?? [])]]).toEqual([
    [0, 0],
    [4, 4],
  ]);
});

test('lowerGraph() refuses an output with the name of an input, and two inputs of one name', () => {
  expect(() => lowered({ x: exp(x()) })).toThrow("Cannot lower the graph: 'x' names two inputs, or an input");
  expect(() => lowered({ y: add(x(), x()) })).toThrow("'x' names two inputs");
});

test('lowerGraph() refuses a dimension that no input has', () => {
  expect(() => lowered({ y: zeros(['N']) })).toThrow(
    "Cannot lower dimension 'N': no input of the graph has it",
  );
  const whole = input('whole', 'float32', ['N+M']);
  expect(() => lowered({ y: add(whole, zeros(['N+M'])) })).toThrow("Cannot lower dimension 'N'");
});

test('lowerGraph() writes nodes in the order of creation', () => {
  const tensor = x();
  const first = exp(tensor);
  const second = silu(tensor);
  const y: Tensor = add(reduceSum(second), reduceSum(first));
  expect(operations(lowered({ y }))).toEqual(['Exp', 'QuickGelu', 'ReduceSum', 'ReduceSum', 'Add']);
});
