// The arithmetic of shapes in an ONNX model, done with names in place of sizes.
import { addDims, type Dim, multiplyDims, type Shape } from '../graph/index.ts';
import type { NodeProto } from './proto.ts';
import { plainAttributes } from './reader.ts';

/** What is known before the walk: shapes of the graph's inputs, and int64 vectors by name. */
export type SymbolicContext = {
  readonly inputShapes: ReadonlyMap<string, Shape>;
  readonly integers: (name: string) => readonly number[] | undefined;
};

/**
 * The values that are computed from shapes of inputs: by name, what each element is as a dimension.
 * A node whose result is here holds no tensor of the graph.
 */
export function symbolicValues(
  nodes: readonly NodeProto[],
  { inputShapes, integers }: SymbolicContext,
): Map<string, readonly Dim[]> {
  const values = new Map<string, readonly Dim[]>();
  const known = (name: string) => values.get(name) ?? integers(name);
  for (const node of nodes) {
    const [output] = node.output;
    const value =
      node.opType === 'Shape' ? shapeOf(node, inputShapes) : computed(node, node.input.map(known));
    const derived = node.opType === 'Shape' || node.input.some((name) => values.has(name));
    if (output !== undefined && value !== undefined && derived) values.set(output, value);
  }
  return values;
}

function shapeOf(node: NodeProto, shapes: ReadonlyMap<string, Shape>): readonly Dim[] | undefined {
  const { start = 0, end, ...others } = plainAttributes(node);
  const shape = shapes.get(node.input[0] ?? '');
  if (typeof start !== 'number' || (end !== undefined && typeof end !== 'number')) return undefined;
  return Object.keys(others).length === 0 ? shape?.slice(start, end) : undefined;
}

const operators: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = { Add: addDims, Mul: multiplyDims };

function computed(
  { opType }: NodeProto,
  operands: readonly (readonly Dim[] | undefined)[],
): readonly Dim[] | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length !== operands.length) return undefined;
  if (opType === 'Concat') return known.flat();
  const operator = operators[opType];
  const [a, b] = known.map((operand) => operand[0]);
  const single = known.every((operand) => operand.length === 1);
  return operator !== undefined && single && a !== undefined && b !== undefined
    ? [operator(a, b)]
    : undefined;
}
