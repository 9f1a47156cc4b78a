// The slow reference interpreter: runs a graph in float64, one kernel after another, as the oracle of every other way to run it.
import {
  bindDims,
  type DimBindings,
  type DType,
  describeNode,
  evaluateDim,
  type Graph,
  inputsOf,
  type Node,
  nodesOf,
  type OpAttributes,
  type OpName,
  type Tensor,
} from '../../graph/index.ts';
import { cachedAttention } from './cached-attention.ts';
import { elementwise } from './elementwise.ts';
import type { Kernel, Kernels } from './kernel.ts';
import { layout } from './layout.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import { countOf, type Value } from './value.ts';

/** What the interpreter takes for an input: a tensor of the host, or one in float64. */
export type Feed = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
};

const kernels: Kernels<Exclude<OpName, 'input'>> = {
  ...elementwise,
  ...layout,
  ...products,
  ...reductions,
  cachedAttention,
};

/**
 * Computes a graph's outputs in float64, whatever the element type; integers and truth values are numbers.
 * @param feeds by input name; named dimensions take their sizes from here
 * @throws TypeError when a feed is missing or does not fit; RangeError for an index outside its table and an
 *   integer outside its type, both naming the node
 */
export function interpret(graph: Graph, feeds: Readonly<Record<string, Feed>>): Record<string, Value> {
  const bindings = bindDims(inputsOf(graph), feeds);
  const values = new Map<Tensor, Value>();
  for (const node of nodesOf(Object.values(graph.outputs))) {
    const results = runNode(node, { values, feeds, bindings });
    node.outputs.forEach((output, i) => {
      values.set(output, results[i] as Value);
    });
  }
  return Object.fromEntries(
    Object.entries(graph.outputs).map(([name, tensor]) => [name, values.get(tensor) as Value]),
  );
}

type Run = {
  readonly values: ReadonlyMap<Tensor, Value>;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly bindings: DimBindings;
};

function runNode(node: Node, { values, feeds, bindings }: Run): readonly Value[] {
  const size = (dim: number | string) => evaluateDim(dim, bindings);
  const outputs = node.outputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map(size) }));
  const inputs = node.inputs.map((input) => values.get(input) as Value);
  try {
    const results =
      node.op === 'input'
        ? [Float64Array.from(feeds[node.attributes.name]?.data ?? [], Number)]
        : (kernels[node.op] as Kernel<OpName>)({
            inputs,
            attributes: node.attributes as OpAttributes[OpName],
            outputs,
            size,
          });
    return outputs.map((type, i) => checked({ ...type, data: results[i] as Float64Array }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`Cannot compute ${describeNode(node)}: ${reason}`, { cause });
  }
}

/** Refuses data that its type cannot hold: the oracle must not be silently wrong. */
function checked(value: Value): Value {
  const { dtype, shape, data } = value;
  if (data.length !== countOf(shape))
    throw new RangeError(`${data.length} elements do not fill [${shape.join(', ')}]`);
  const bad = data.find((x) => !fits[dtype](x));
  if (bad !== undefined) throw new RangeError(`${bad} is no ${dtype}`);
  return value;
}

const fits: Readonly<Record<DType, (x: number) => boolean>> = {
  float32: () => true,
  int64: Number.isSafeInteger,
  int32: (x) => x === (x | 0),
  bool: (x) => x === 0 || x === 1,
};
