// A graph as text: one line a node, numbered from 0, so that two builds of one graph read alike.
import { sha256 } from '../../core/index.ts';
import { formatShape } from './dims.ts';
import type { Graph, Node, Tensor, TensorType } from './types.ts';
import { nodesOf } from './walk.ts';

const shownValues = 8;

/**
 * One line for each node that the outputs need, in order, then one for each output: `%3 = add(%1, %2) : float32[B, 4]`.
 * Long constants are given by their hash.
 */
export function formatGraph(graph: Graph): string {
  const nodes = nodesOf(Object.values(graph.outputs));
  const names = new Map(nodes.map((node, i) => [node, `%${i}`]));
  const segments = new Map<number, number>();
  for (const { segment } of nodes)
    if (segment !== undefined && !segments.has(segment)) segments.set(segment, segments.size);
  const nameOf = ({ node, index }: Tensor) => names.get(node) + (node.outputs.length > 1 ? `.${index}` : '');
  const lines = nodes.map((node) => {
    const operands = [...node.inputs.map(nameOf), ...formatAttributes(node)].join(', ');
    const segment = node.segment === undefined ? '' : ` recomputed ${segments.get(node.segment)}`;
    return `${names.get(node)} = ${node.op}(${operands}) : ${node.outputs.map(formatType).join(', ')}${segment}`;
  });
  const outputs = Object.entries(graph.outputs).map(([name, tensor]) => `${name} <- ${nameOf(tensor)}`);
  return [...lines, ...outputs, ''].join('\n');
}

function formatType({ dtype, shape }: TensorType): string {
  return dtype + formatShape(shape);
}

function formatAttributes(node: Node): string[] {
  if (node.op === 'constant') return [formatData(Array.from(node.attributes.data))];
  if (node.op === 'input') return [node.attributes.name];
  return Object.entries(node.attributes).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}

function formatData(values: readonly number[]): string {
  if (values.length <= shownValues)
    return `[${values.map((value) => (Object.is(value, -0) ? '-0' : value)).join(', ')}]`;
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  return `${values.length} values ${sha256(bytes).slice(0, 8)}`;
}
