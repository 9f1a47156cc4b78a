// ONNX to graph: reads back the models that lowering writes, and says of any other which operator it does not know.
import { InputError } from '../../core/index.ts';
import { type Graph, input } from '../graph/index.ts';
import { opsets } from './lower.ts';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './proto.ts';
import { longestMatch, matchNodes } from './raise-match.ts';
import { RaisedValues } from './raise-values.ts';
import { readType } from './reader.ts';

/**
 * Reads a model back as a graph that lowers to the same model. Segments to recompute and stopped gradients are not
 * in a model, so they are not in the result.
 * @throws InputError for operator sets, operators (with the node's name), attributes or types that lowering does not write
 */
export function raiseGraph(model: ModelProto): Graph {
  const { graph } = model;
  for (const { domain, version } of model.opsetImport) {
    const known = Object.entries(opsets).find(([name]) => name === domain)?.[1];
    if (known !== Number(version))
      throw new InputError(
        `Cannot read the model: it states version ${version} of operator set '${domain || 'ai.onnx'}'; Hone reads ${JSON.stringify(opsets)}`,
      );
  }
  if (graph === undefined) throw new InputError('Cannot read the model: it holds no graph');
  if (model.functions.length > 0 || graph.sparseInitializer.length > 0)
    throw new InputError('Cannot read the model: it holds functions or sparse initializers');
  const values = new RaisedValues(graph);
  for (const info of graph.input) {
    const { dtype, shape } = readType(info);
    values.set(info.name, input(info.name, dtype, shape));
  }
  raiseNodes(graph, values);
  return { outputs: Object.fromEntries(graph.output.map((info) => [info.name, output(info, values)])) };
}

function raiseNodes({ node: all }: GraphProto, values: RaisedValues): void {
  const positions = new Map(all.map((node, i) => [node, i]));
  const nodes = all.filter((node) => !values.isSymbolic(node));
  let done = 0;
  for (let at = 0; at < nodes.length; ) {
    const match = matchNodes(nodes.slice(at, at + longestMatch), values);
    at += match.length;
    const end = (positions.get(nodes[at - 1] as NodeProto) ?? 0) + 1;
    values.introduce(all.slice(done, end), match.operands);
    done = end;
    const results = match.build(match.operands.map((name) => values.tensor(name)));
    match.outputs.forEach((name, i) => {
      const result = results[i];
      if (result !== undefined) values.set(name, result);
    });
  }
}

function output(info: ValueInfoProto, values: RaisedValues) {
  const tensor = values.tensor(info.name);
  const { dtype, shape } = readType(info);
  if (tensor.dtype !== dtype || tensor.shape.length !== shape.length)
    throw new InputError(
      `Cannot read output '${info.name}': it is declared ${dtype}[${shape}], its node gives ${tensor.dtype}[${tensor.shape}]`,
    );
  return tensor;
}
