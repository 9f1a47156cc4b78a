// The executable grammar of a graph: says which node breaks which rule.
import { formatShape } from './dims.ts';
import { GraphError, hasInferredType, inferTypes } from './infer.ts';
import type { Graph, Node, TensorType } from './types.ts';
import { nodesOf } from './walk.ts';

/**
 * Checks a whole graph: every operand precedes its node, every type is the inferred one, input names are unique.
 * @throws GraphError naming the offending node
 */
export function checkGraph(graph: Graph): void {
  const names = new Map<string, Node>();
  const visited = new Set<Node>();
  for (const node of nodesOf(Object.values(graph.outputs))) {
    for (const operand of node.inputs) {
      if (!visited.has(operand.node))
        throw new GraphError(
          `${describeNode(node)} reads ${describeNode(operand.node)}, which does not precede it`,
        );
      if (operand.node.outputs[operand.index] !== operand)
        throw new GraphError(`${describeNode(node)} reads an output that its producer does not own`);
    }
    visited.add(node);
    const inferred = inferredTypes(node);
    const agrees =
      node.outputs.length === inferred.length &&
      node.outputs.every((output, i) => hasInferredType(output, inferred[i]));
    if (!agrees)
      throw new GraphError(`${describeNode(node)} has outputs that are not what its operation infers`);
    if (node.op !== 'input') continue;
    const { name } = node.attributes;
    if (names.has(name))
      throw new GraphError(`Input '${name}' is declared by two nodes; give each input a name of its own`);
    names.set(name, node);
  }
}

function inferredTypes(node: Node): readonly TensorType[] {
  try {
    return inferTypes(node.op, node.inputs, node.attributes);
  } catch (cause) {
    if (!(cause instanceof GraphError)) throw cause;
    throw new GraphError(`${describeNode(node)}: ${cause.message}`, { cause });
  }
}

/** A node's number, operation and output shapes, for messages. */
export function describeNode(node: Node): string {
  return `Node ${node.id} '${node.op}' -> ${node.outputs.map((output) => output.dtype + formatShape(output.shape)).join(', ')}`;
}
