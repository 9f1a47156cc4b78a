// Models read back: every case round-trips to the same bytes; what lowering does not write is refused by name.
import { expect, test } from 'vitest';
import { allCases, buildCase, buildGradientCase } from '../../testing/index.ts';
import {
  checkGraph,
  constant,
  exp,
  type Graph,
  input,
  rmsNorm,
  slice,
  softmax,
  type Tensor,
} from '../graph/index.ts';
import { interpret } from '../runtime/index.ts';
import { lowerGraph } from './lower.ts';
import {
  decodeModel,
  encodeModel,
  graph as graphProto,
  type ModelProto,
  model as modelProto,
  type NodeProto,
  node,
  tensorProto,
  valueInfo,
} from './proto.ts';
import { raiseGraph } from './raise.ts';

test.each(allCases)('raiseGraph() reads back what lowerGraph() wrote: $name', (one) => {
  for (const { graph } of [buildCase(one), buildGradientCase(one)]) {
    const bytes = encodeModel(lowerGraph(graph));
    const raised = raiseGraph(decodeModel(bytes));
    checkGraph(raised);
    expect(Buffer.from(encodeModel(lowerGraph(raised))).equals(bytes)).toBe(true);
  }
});

test('raiseGraph() gives a graph of the same values', () => {
  const one = allCases.find(({ name }) => name === 'tied embedding');
  const { graph, feeds } = buildGradientCase(one as NonNullable<typeof one>);
  const raised = raiseGraph(decodeModel(encodeModel(lowerGraph(graph))));
  expect(interpret(raised, feeds)).toEqual(interpret(graph, feeds));
});

test('raiseGraph() numbers constants that are parameters elsewhere as lowering did', () => {
  const x = input('x', 'float32', [4, 2]);
  const early = constant([7], [1], 'int64');
  const y = slice(x, { axis: 0, start: 1, end: 3 });
  const graph: Graph = { outputs: { end: constant([3], [1], 'int64'), y, early } };
  const bytes = encodeModel(lowerGraph(graph));
  expect(Buffer.from(encodeModel(lowerGraph(raiseGraph(decodeModel(bytes))))).equals(bytes)).toBe(true);
});

const x = () => input('x', 'float32', ['B', 4]);

function changed(y: Tensor, change: (node: NodeProto) => void): ModelProto {
  const model = lowerGraph({ outputs: { y } });
  for (const one of model.graph?.node ?? []) change(one);
  return model;
}

test('raiseGraph() names an operator that it does not know, and its node', () => {
  const model = changed(exp(x()), (one) => {
    one.opType = 'Celu';
    one.name = 'my_node';
  });
  expect(() => raiseGraph(model)).toThrow(
    "Cannot read operator 'Celu' of node 'my_node': Hone does not write it",
  );
  const foreign = changed(exp(x()), (one) => {
    one.domain = 'com.example';
  });
  expect(() => raiseGraph(foreign)).toThrow("operator 'com.example.Exp' of node 'Exp_0'");
});

test('raiseGraph() refuses attributes that would mean something else', () => {
  const model = changed(softmax(x()), (one) => {
    one.attribute = node('Softmax', [], [], { attributes: { axis: { int: 0 } } }).attribute;
  });
  expect(() => raiseGraph(model)).toThrow(
    `Cannot read operator 'Softmax' of node 'Softmax_0': its attributes are {"axis":0}, not {"axis":-1}`,
  );
});

test('raiseGraph() refuses operands that do not fit, with the operation’s own message', () => {
  const model = changed(exp(x()), (one) => {
    one.opType = 'Not';
  });
  expect(() => raiseGraph(model)).toThrow("Cannot apply 'not' to (float32[B, 4]): takes bool");
});

test('raiseGraph() does not take a normalisation’s statistic for another', () => {
  const normal = rmsNorm(x(), input('weight', 'float32', [4]), 1e-5);
  const model = lowerGraph({ outputs: { y: normal.node.outputs[1] as Tensor } });
  expect(() => raiseGraph(model)).not.toThrow();
  const share = model.graph?.initializer.find((tensor) => tensor.dataType === 1);
  if (share !== undefined) share.rawData = new Uint8Array(Float32Array.of(0.5).buffer);
  expect(() => raiseGraph(model)).toThrow("Cannot read operator 'ReduceSumSquare'");
});

test('raiseGraph() refuses models of other operator sets, and values that come out of order', () => {
  const parts = {
    name: 'g',
    inputs: [valueInfo('x', 'float32', [2])],
    outputs: [valueInfo('y', 'float32', [2])],
  };
  const model = (nodes: NodeProto[], opsets: Record<string, number> = { '': 23 }) =>
    modelProto({ opsets, graph: graphProto({ ...parts, nodes }) });
  const plain = node('Exp', ['x'], ['y'], { name: 'e' });
  expect(() => raiseGraph(model([plain], { '': 17 }))).toThrow(
    "Cannot read the model: it states version 17 of operator set 'ai.onnx'",
  );
  expect(() => raiseGraph(model([node('Exp', ['z'], ['y'])]))).toThrow("'z' is read before it is computed");
  expect(() => raiseGraph(model([]))).toThrow("'y' is read before it is computed");
  expect(() => raiseGraph(model([plain, plain]))).toThrow("'y' is computed twice");
});

test('raiseGraph() refuses types and values that it does not hold', () => {
  const model = lowerGraph({ outputs: { y: exp(x()) } });
  const inputs = model.graph?.input ?? [];
  inputs[0] = valueInfo('x', 'float16', ['B', 4]);
  expect(() => raiseGraph(model)).toThrow("Cannot read 'x': its element type is float16");
  const fixed = lowerGraph({ outputs: { y: constant([1, 2], [2]) } });
  const initializers = fixed.graph?.initializer ?? [];
  initializers[0] = { ...tensorProto('constant_0', 'float32', [2], [1, 2]), rawData: new Uint8Array() };
  expect(() => raiseGraph(fixed)).toThrow(
    "Cannot read initializer 'constant_0': 2 elements of float32 wanted",
  );
});
