import { expect, test } from 'vitest';
import { allCases, buildGradientCase } from '../../testing/index.ts';
import { add, checkGraph, exp, type Graph, GraphError, input, type Node, type Tensor } from './index.ts';

test('checkGraph() accepts every case and its gradients', () => {
  for (const one of allCases) expect(() => checkGraph(buildGradientCase(one).graph), one.name).not.toThrow();
});

test('checkGraph() names a node whose type is not the inferred one', () => {
  const y = exp(input('x', 'float32', [2]));
  const broken = withNode(y, { outputs: [{ ...y, shape: [3] }] });
  expect(() => checkGraph(broken)).toThrow(GraphError);
  expect(() => checkGraph(broken)).toThrow(
    `Node ${y.node.id} 'exp' -> float32[3] has outputs that are not what its operation infers`,
  );
});

test('checkGraph() names a node whose operands its operation does not take', () => {
  const y = add(input('a', 'float32', [2]), input('b', 'float32', [2]));
  expect(() => checkGraph(withNode(y, { inputs: y.node.inputs.slice(1) }))).toThrow(
    `Node ${y.node.id} 'add' -> float32[2]: Cannot apply 'add' to (float32[2]): takes 2 operands, got 1`,
  );
});

test('checkGraph() names a node that comes before its operand', () => {
  const x = input('x', 'float32', [2]);
  const y = exp(exp(x));
  expect(() => checkGraph(withNode(y, { id: x.node.id }))).toThrow('which does not precede it');
});

test('checkGraph() names a node that reads an output its producer does not own', () => {
  const x = input('x', 'float32', [2]);
  const y = exp(x);
  expect(() => checkGraph(withNode(y, { inputs: [{ ...x }] }))).toThrow(
    `Node ${y.node.id} 'exp' -> float32[2] reads an output that its producer does not own`,
  );
});

test('checkGraph() refuses two inputs of one name', () => {
  const y = add(input('x', 'float32', [2]), input('x', 'float32', [2]));
  expect(() => checkGraph({ outputs: { y } })).toThrow("Input 'x' is declared by two nodes");
});

/** A graph whose last node is changed by hand. */
function withNode(tensor: Tensor, changes: object): Graph {
  const outputs = [{ ...tensor }];
  const node = { ...tensor.node, outputs, ...changes } as Node;
  const y = { ...(node.outputs[0] as Tensor), node };
  (node.outputs as Tensor[])[0] = y;
  return { outputs: { y } };
}
