// Finds out which operation the next ONNX nodes are.
import { InputError } from '../../core/index.ts';
import {
  apply,
  dimension,
  GraphError,
  type OpAttributes,
  type OpName,
  range,
  type Tensor,
} from '../graph/index.ts';
import type { NodeProto } from './proto.ts';
import { matchPattern, type PatternName, patterns } from './raise-patterns.ts';
import { type RaiseContext, type Recipe, raiseRules, recipe } from './raise-rules.ts';
import type { RaisedValues } from './raise-values.ts';
import { describeOperator, plainAttributes } from './reader.ts';

/** An operation found. */
export type Match = {
  /** How many nodes it is. */
  readonly length: number;
  readonly operands: readonly string[];
  readonly outputs: readonly string[];
  readonly build: (operands: readonly Tensor[]) => readonly Tensor[];
};

/** The most nodes that one operation is written as. */
export const longestMatch = Math.max(...Object.values(patterns).map((steps) => steps.length));

/**
 * @param nodes the nodes to come, at least one and at most {@link longestMatch}
 * @throws InputError naming the operator and its node, when they are none that lowering writes
 */
export function matchNodes(nodes: readonly NodeProto[], values: RaisedValues): Match {
  const [node] = nodes as [NodeProto];
  return matchSource(node, values) ?? matchSeveral(nodes, values) ?? matchOne(node, values);
}

/** Nodes that hand a value on: a copy for an output, a computed dimension as a tensor, a range up to one. */
function matchSource({ opType, input, output }: NodeProto, values: RaisedValues): Match | undefined {
  const source = (operands: readonly string[], build: Match['build']): Match => ({
    length: 1,
    operands,
    outputs: output,
    build,
  });
  if (opType === 'Identity') return source(input, (operands) => operands);
  const [first = '', limit = '', step = ''] = input;
  if (opType === 'Squeeze') {
    const [dim] = values.dims(first) ?? [];
    return dim === undefined ? undefined : source([], () => [dimension(dim)]);
  }
  if (opType !== 'Range' || values.integers(first)?.[0] !== 0 || values.integers(step)?.[0] !== 1)
    return undefined;
  const { node } = values.tensor(limit);
  return node.op === 'dimension' ? source([], () => [range(node.attributes.dim)]) : undefined;
}

function matchSeveral(nodes: readonly NodeProto[], values: RaisedValues): Match | undefined {
  for (const name of Object.keys(patterns) as PatternName[]) {
    const bound = matchPattern(nodes, name);
    const found = bound && composites[name](bound, { first: nodes[0] as NodeProto, values });
    if (found === undefined) continue;
    const { length } = patterns[name];
    return matched(found.recipe, { outputs: found.outputs, node: nodes[0] as NodeProto, length });
  }
  return undefined;
}

type Composite = { readonly recipe: Recipe; readonly outputs: readonly string[] };
type CompositeRule = (
  bound: Readonly<Record<string, string>>,
  context: { readonly first: NodeProto; readonly values: RaisedValues },
) => Composite | undefined;

const named = (bound: Readonly<Record<string, string>>, names: string) =>
  names.split(' ').map((name) => bound[name] as string);

const composites: { readonly [K in PatternName]: CompositeRule } = {
  scatterAddRows: (bound) => ({
    recipe: recipe('scatterAddRows', named(bound, 'base indices updates'), {}),
    outputs: named(bound, 'result'),
  }),
  scatterAddInt32Rows: (bound) => ({
    recipe: recipe('scatterAddRows', named(bound, 'base narrow updates'), {}),
    outputs: named(bound, 'result'),
  }),
  crossEntropy: (bound, { values }) =>
    values.integers(bound.one as string)?.[0] === 1
      ? {
          recipe: recipe('crossEntropy', named(bound, 'logits labels'), {}),
          outputs: named(bound, 'losses logProbs'),
        }
      : undefined,
  rmsNorm: (bound, { first, values }) => {
    const { epsilon } = plainAttributes(first);
    const size = values.shape(bound.x as string).at(-1);
    const fits =
      typeof epsilon === 'number' &&
      typeof size === 'number' &&
      values.integers(bound.last as string)?.[0] === -1 &&
      values.number(bound.epsilon as string) === Math.fround(epsilon) &&
      values.number(bound.share as string) === Math.fround(1 / size);
    if (!fits) return undefined;
    return {
      recipe: recipe('rmsNorm', named(bound, 'x weight'), { epsilon }),
      outputs: named(bound, 'normal inverse'),
    };
  },
};

function matchOne(node: NodeProto, values: RaisedValues): Match {
  const key = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
  const rule = Object.hasOwn(raiseRules, key) ? raiseRules[key] : undefined;
  const fail = (reason: string): never => {
    throw new InputError(`Cannot read ${describeOperator(node)}: ${reason}`);
  };
  if (rule === undefined) return fail('Hone does not write it; run the model in a session as it is');
  const need =
    <T>(find: (name: string) => T | undefined, what: string) =>
    (i: number): T =>
      find(node.input[i] ?? '') ?? fail(`its operand ${i} is no ${what}`);
  const context: RaiseContext = {
    node,
    attributes: plainAttributes(node),
    shape: need((name) => values.shape(name), 'tensor'),
    integers: need((name) => values.integers(name), 'list of known integers'),
    dims: need((name) => values.dims(name), 'shape that is computed from those of the inputs'),
    bytes: need((name) => values.bytes(name), 'constant'),
    number: need((name) => values.number(name), 'known number'),
    fail,
  };
  return matched(rule(context), { outputs: node.output, node, length: 1 });
}

function matched(
  { op, operands, attributes }: Recipe,
  { outputs, node, length }: { outputs: readonly string[]; node: NodeProto; length: number },
): Match {
  const build = (tensors: readonly Tensor[]) => {
    try {
      return apply(op, tensors, attributes as OpAttributes[OpName]);
    } catch (cause) {
      if (!(cause instanceof GraphError)) throw cause;
      throw new InputError(`Cannot read ${describeOperator(node)}: ${cause.message}`, { cause });
    }
  };
  return { length, operands, outputs, build };
}
