// Operations that lowering writes as several ONNX nodes, and how to know them again.
import type { NodeProto } from './proto.ts';
import { plainAttributes } from './reader.ts';

/** Names in the model by the pattern's own variables. */
export type Bindings = Readonly<Record<string, string>>;

/** Nodes that follow each other: operator, inputs, output and attributes; '_' is an input that is not looked at. */
type Step = readonly [operator: string, inputs: string, output: string, attributes?: object];

const rowSum: readonly Step[] = [
  ['Reshape', 'indices _', 'flat', { allowzero: 1 }],
  ['Unique', 'flat', 'rows'],
  ['Unsqueeze', 'rows _', 'places'],
  ['Reshape', 'indices _', 'line', { allowzero: 1 }],
  ['Equal', 'places line', 'owners'],
  ['Cast', 'owners', 'oneHot', { to: 1 }],
  ['Reshape', 'updates _', 'flatUpdates', { allowzero: 1 }],
  ['Gemm', 'oneHot flatUpdates', 'sums'],
  ['Reshape', 'sums _', 'rowSums'],
  ['ScatterND', 'base places rowSums', 'result', { reduction: 'add' }],
];

/** Tried in this order at each node. */
export const patterns = {
  scatterAddRows: rowSum,
  scatterAddInt32Rows: [
    ['Cast', 'narrow', 'wide', { to: 7 }],
    ...rowSum.map(
      ([operator, inputs, ...rest]): Step => [operator, inputs.replace('indices', 'wide'), ...rest],
    ),
  ],
  crossEntropy: [
    ['LogSoftmax', 'logits', 'logProbs', { axis: -1 }],
    ['Unsqueeze', 'labels one', 'columns'],
    ['GatherElements', 'logProbs columns', 'picked', { axis: -1 }],
    ['Neg', 'picked', 'negated'],
    ['Squeeze', 'negated one', 'losses'],
  ],
  rmsNorm: [
    ['RMSNormalization', 'x weight', 'normal', { axis: -1, epsilon: Number.NaN }],
    ['ReduceSumSquare', 'x last', 'squares', { keepdims: 1 }],
    ['Mul', 'squares share', 'mean'],
    ['Add', 'mean epsilon', 'shifted'],
    ['Sqrt', 'shifted', 'root'],
    ['Reciprocal', 'root', 'inverse'],
  ],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

export type PatternName = keyof typeof patterns;

/** What stands for a pattern's variables when the nodes are it. An attribute of NaN may have any value. */
export function matchPattern(nodes: readonly NodeProto[], name: PatternName): Bindings | undefined {
  const bindings: Record<string, string> = {};
  const steps: readonly Step[] = patterns[name];
  const matches = steps.every(([operator, inputs, output, attributes = {}], i) => {
    const node = nodes[i];
    if (node === undefined || node.opType !== operator || node.domain !== '') return false;
    const variables = inputs.split(' ');
    return (
      node.input.length === variables.length &&
      variables.every((variable, at) => bind(bindings, variable, node.input[at] as string)) &&
      bind(bindings, output, node.output[0] as string) &&
      sameAttributes(plainAttributes(node), attributes)
    );
  });
  return matches ? bindings : undefined;
}

function bind(bindings: Record<string, string>, variable: string, name: string): boolean {
  if (variable === '_') return true;
  bindings[variable] ??= name;
  return bindings[variable] === name;
}

function sameAttributes(actual: Readonly<Record<string, unknown>>, wanted: object): boolean {
  const entries = Object.entries(wanted);
  return (
    Object.keys(actual).length === entries.length &&
    entries.every(([name, value]) => Number.isNaN(value) || actual[name] === value)
  );
}
