// Proof that a graph may overwrite its own inputs.
import { type Graph, type Node, nodesOf, type OpName, sameShape, type Tensor } from '../graph/index.ts';

/** Operations that read an element of every operand before they write the same element of the result. */
const elementwise: ReadonlySet<OpName> = new Set([
  'neg',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'abs',
  'sin',
  'cos',
  'tanh',
  'erf',
  'sigmoid',
  'softplus',
  'silu',
  'relu',
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
]);

/** The memory of the input `from` receives the output `to`. */
export type InPlacePair = { readonly from: string; readonly to: string };

/**
 * Proves that each output may be written over its input: the output's producer works element by element on
 * tensors of the output's shape (or scalars), and every other reader of the input comes before the producer by
 * the data it needs, whatever order the runtime picks.
 * @throws TypeError naming the pair and the reader that could see overwritten values
 */
export function assertInPlaceSafe(graph: Graph, pairs: readonly InPlacePair[]): void {
  const nodes = nodesOf(Object.values(graph.outputs));
  for (const { from, to } of pairs) {
    const output = graph.outputs[to];
    const source = nodes.find((node) => node.op === 'input' && node.attributes.name === from);
    if (output === undefined || source === undefined)
      throw new TypeError(`Cannot write '${to}' over '${from}': no such pair`);
    const producer = output.node;
    if (!isElementwiseProducer(producer, output)) {
      throw new TypeError(
        `Cannot write '${to}' over '${from}': '${producer.op}' does not work element by element`,
      );
    }
    const ancestors = new Set(nodesOf([output]));
    const views = viewsOf(source, nodes);
    const late = nodes.find(
      (node) => node.inputs.some((input) => views.has(input.node)) && !ancestors.has(node),
    );
    const copied = Object.keys(graph.outputs).find((name) => views.has((graph.outputs[name] as Tensor).node));
    if (copied !== undefined)
      throw new TypeError(
        `Cannot write '${to}' over '${from}': output '${copied}' is that input and may be copied afterwards`,
      );
    if (late !== undefined) {
      throw new TypeError(
        `Cannot write '${to}' over '${from}': node ${late.id} '${late.op}' may read it afterwards`,
      );
    }
  }
}

/** An input and what may share its memory: the runtime reshapes without a copy. */
function viewsOf(source: Node, nodes: readonly Node[]): Set<Node> {
  const views = new Set([source]);
  for (const node of nodes) {
    const isView = node.op === 'reshape' || node.op === 'stopGradient';
    if (isView && node.inputs.some((input) => views.has(input.node))) views.add(node);
  }
  return views;
}

function isElementwiseProducer(node: Node, output: Tensor): boolean {
  const fits = (input: Tensor) => input.shape.length === 0 || sameShape(input.shape, output.shape);
  return elementwise.has(node.op) && node.inputs.every(fits);
}
