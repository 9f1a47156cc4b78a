// An ONNX model as text, one line a node, for golden files.
import { encodeModel, type Graph, lowerGraph } from '../engine/index.ts';

type Model = ReturnType<typeof lowerGraph>;
type Attribute = NonNullable<Model['graph']>['node'][number]['attribute'][number];

/** The operators that a graph is lowered to, with their operands and attributes, and the size of the model. */
export function formatLowered(graph: Graph): string {
  const model = lowerGraph(graph);
  const lines = (model.graph?.node ?? []).map((node) => {
    const operands = [...node.input, ...node.attribute.map(formatAttribute)].join(', ');
    const domain = node.domain === '' ? '' : `${node.domain}.`;
    return `${node.output.join(', ')} = ${domain}${node.opType}(${operands})`;
  });
  const initializers = (model.graph?.initializer ?? []).map(
    ({ name, dims, rawData }) =>
      `${name} [${dims.join(', ')}] ${Buffer.from(rawData.subarray(0, 32)).toString('hex')}`,
  );
  return [...lines, ...initializers, `${encodeModel(model).length} bytes`, ''].join('\n');
}

function formatAttribute({ name, type, i, f, s, ints }: Attribute): string {
  const values: Readonly<Record<number, unknown>> = {
    1: f,
    2: i,
    3: Buffer.from(s).toString(),
    7: `[${ints.join(', ')}]`,
  };
  return `${name}=${values[type]}`;
}
