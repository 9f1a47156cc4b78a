// What a graph case is: operands with values, and what is built from them. Every way to run or rewrite a graph is tried on all cases.
import { Random } from '../../core/index.ts';
import {
  add,
  type DType,
  evaluateDim,
  type Graph,
  gradient,
  type HostTensor,
  input,
  mul,
  reduceSum,
  type Shape,
  scalar,
  type Tensor,
} from '../../engine/index.ts';

/** Draws the value of element `i`. */
export type Draw = (random: Random, i: number) => number;

export type CaseOperand = { readonly dtype: DType; readonly shape: Shape; readonly draw: Draw };

export type GraphCase = {
  readonly name: string;
  /** Become inputs 'x0', 'x1', ... */
  readonly operands: readonly CaseOperand[];
  /** Its results become outputs 'y0', 'y1', ... */
  readonly build: (...operands: readonly Tensor[]) => Tensor | readonly Tensor[];
  /** Sizes of the named dimensions. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The operands that gradients are asked for; all float ones unless told. */
  readonly differentiate?: readonly number[];
  /** Set where no gradient flows from the results to float operands. */
  readonly constant?: true;
  /** Set where finite differences would take too long: checked against the interpreter only. */
  readonly large?: true;
};

/** A case's graph and what to feed it. Values are exact in float32. */
export type BuiltCase = { readonly graph: Graph; readonly feeds: Readonly<Record<string, HostTensor>> };

/** Standard normal values. */
export const float = (shape: Shape, draw: Draw = (random) => random.normal()): CaseOperand => ({
  dtype: 'float32',
  shape,
  draw,
});

/** Integers in [0, bound). */
export const index = (shape: Shape, bound: number, dtype: DType = 'int64'): CaseOperand => ({
  dtype,
  shape,
  draw: (random) => random.below(bound),
});

/** The given integers, in turn. */
export const integers = (shape: Shape, values: readonly number[]): CaseOperand => ({
  dtype: 'int64',
  shape,
  draw: (_, i) => values[i % values.length] as number,
});

export const bool = (shape: Shape): CaseOperand => ({
  dtype: 'bool',
  shape,
  draw: (random) => random.below(2),
});

/** In [0.5, 2.5). */
export const positive: Draw = (random) => 0.5 + 2 * random.uniform();

/** At least 0.2 away from zero, either sign. */
export const awayFromZero: Draw = (random) => (random.below(2) * 2 - 1) * (0.2 + random.uniform());

/** The forward graph. */
export function buildCase(one: GraphCase): BuiltCase {
  const operands = caseInputs(one);
  return { graph: { outputs: caseOutputs(one, operands) }, feeds: caseFeeds(one, operands) };
}

/**
 * The forward graph with 'loss' (left out of large graphs: a sum of many loses its digits), a weighted sum of all that gradients can flow from, and the gradients 'd0', 'd1', ...
 * by the float operands. The weights are further inputs, so that every element of a result counts differently.
 */
export function buildGradientCase(one: GraphCase): BuiltCase {
  const operands = caseInputs(one);
  const outputs = caseOutputs(one, operands);
  const floats = Object.entries(outputs).filter(([, y]) => y.dtype === 'float32');
  const weights = floats.map(([name, y]) => input(`${name}_weights`, 'float32', y.shape));
  const terms = floats.map(([, y], i) => reduceSum(mul(y, weights[i] as Tensor)));
  const loss = terms.length === 0 ? scalar(0) : terms.reduce((sum, term) => add(sum, term));
  const wrt = operands.filter((x, i) => one.differentiate?.includes(i) ?? x.dtype === 'float32');
  const named = gradient(loss, wrt).map((g, i) => [`d${operands.indexOf(wrt[i] as Tensor)}`, g]);
  return {
    graph: { outputs: { ...outputs, ...(one.large ? {} : { loss }), ...Object.fromEntries(named) } },
    feeds: { ...caseFeeds(one, operands), ...drawFeeds(weights, one) },
  };
}

function caseInputs({ operands }: GraphCase): Tensor[] {
  return operands.map(({ dtype, shape }, i) => input(`x${i}`, dtype, shape));
}

function caseOutputs({ build }: GraphCase, operands: readonly Tensor[]): Record<string, Tensor> {
  const built = build(...operands);
  const results: readonly Tensor[] = 'node' in built ? [built] : built;
  return Object.fromEntries(results.map((y, i) => [`y${i}`, y]));
}

function caseFeeds(one: GraphCase, inputs: readonly Tensor[]): Record<string, HostTensor> {
  return drawFeeds(
    inputs,
    one,
    one.operands.map(({ draw }) => draw),
  );
}

function drawFeeds(
  inputs: readonly Tensor[],
  { name, sizes = {} }: GraphCase,
  draws: readonly Draw[] = [],
): Record<string, HostTensor> {
  const random = new Random(inputs.length, name);
  const bindings = new Map(Object.entries(sizes));
  const feeds = inputs.map(({ node, dtype, shape }, i) => {
    const known = shape.map((dim) => evaluateDim(dim, bindings));
    const draw = draws[i] ?? positive;
    const count = known.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, (_, at) => draw(random, at));
    const key = node.op === 'input' ? node.attributes.name : '';
    return [key, hostTensor(dtype, known, values)] as const;
  });
  return Object.fromEntries(feeds);
}

/** A tensor of the host from plain numbers. */
export function hostTensor(dtype: DType, shape: readonly number[], values: ArrayLike<number>): HostTensor {
  const data = {
    float32: () => Float32Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    bool: () => Uint8Array.from(values),
  }[dtype]();
  return { dtype, shape, data };
}
