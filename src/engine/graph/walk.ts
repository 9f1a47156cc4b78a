// Walks over a graph: the nodes that outputs need, in an order in which every operand comes first.
import type { Graph, Node, Tensor } from './types.ts';

/** All nodes that the tensors depend on, operands first (ascending ids). */
export function nodesOf(tensors: Iterable<Tensor>): Node[] {
  const seen = new Set<Node>();
  const stack = [...tensors].map((tensor) => tensor.node);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const operand of node.inputs) if (!seen.has(operand.node)) stack.push(operand.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The inputs that a graph reads, in order of creation. */
export function inputsOf(graph: Graph): Tensor[] {
  return nodesOf(Object.values(graph.outputs))
    .filter((node) => node.op === 'input')
    .map((node) => node.outputs[0] as Tensor);
}
