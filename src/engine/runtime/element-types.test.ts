// Whatever element types shape inference accepts, onnxruntime has a kernel for, and it computes what the interpreter does.
import { expect, test } from 'vitest';
import {
  buildCase,
  type GraphCase,
  hostTensor,
  operationCases,
  relativeDifference,
} from '../../testing/index.ts';
import {
  apply,
  type DType,
  GraphError,
  inferTypes,
  input,
  type Node,
  nodesOf,
  type OpAttributes,
  type OpName,
} from '../graph/index.ts';
import { type HostTensor, interpret, Session } from './index.ts';

const dtypes: readonly DType[] = ['float32', 'int64', 'int32', 'bool'];

/** Indices stay below 3 and divisors above 0. */
const values: Readonly<Record<DType, (i: number) => number>> = {
  float32: (i) => 0.5 + (i % 5),
  int64: (i) => 1 + (i % 2),
  int32: (i) => 1 + (i % 2),
  bool: (i) => i % 2,
};

const withOperands = (Object.keys(operationCases) as OpName[]).filter(
  (op) => firstNode(op).inputs.length > 0,
);

test.each(withOperands)('every element type that %s takes runs in a session', async (op) => {
  let accepted = 0;
  for (const attributes of attributesOf(op)) {
    const shapes = firstFeeds(op).map((feed) => feed.shape);
    for (const types of combinations(shapes.length)) {
      if (!accepts(op, { shapes, types, attributes })) continue;
      accepted++;
      await expectAgreement(op, { shapes, types, attributes });
    }
  }
  expect(accepted).toBeGreaterThan(0);
});

type Operands = {
  readonly shapes: readonly (readonly number[])[];
  readonly types: readonly DType[];
  readonly attributes: OpAttributes[OpName];
};

function accepts(op: OpName, { shapes, types, attributes }: Operands): boolean {
  try {
    inferTypes(
      op,
      shapes.map((shape, i) => ({ shape, dtype: types[i] as DType })),
      attributes,
    );
    return true;
  } catch (error) {
    if (error instanceof GraphError) return false;
    throw error;
  }
}

async function expectAgreement(op: OpName, { shapes, types, attributes }: Operands): Promise<void> {
  const inputs = shapes.map((shape, i) => input(`x${i}`, types[i] as DType, shape));
  const outputs = apply(op, inputs, attributes).map((tensor, i) => [`y${i}`, tensor] as const);
  const graph = { outputs: Object.fromEntries(outputs) };
  const feeds = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, drawn(shape, types[i] as DType)]));
  const label = `${op}(${types})`;
  await using session = await Session.create(graph).catch((cause: unknown) => {
    throw new Error(`${label} has no session`, { cause });
  });
  const actual = await session.run(feeds);
  for (const [name, wanted] of Object.entries(interpret(graph, feeds))) {
    const result = actual[name] as HostTensor;
    expect([result.dtype, result.shape], label).toEqual([wanted.dtype, wanted.shape]);
    expect(relativeDifference(result.data, wanted.data), label).toBeLessThan(1e-5);
  }
}

function drawn(shape: readonly number[], dtype: DType): HostTensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return hostTensor(
    dtype,
    shape,
    Array.from({ length: size }, (_, i) => values[dtype](i)),
  );
}

function firstCase(op: OpName): GraphCase {
  return operationCases[op][0] as GraphCase;
}

function firstNode(op: OpName): Node {
  const { graph } = buildCase(firstCase(op));
  return nodesOf(Object.values(graph.outputs)).find((node) => node.op === op) as Node;
}

/** The case's operands are the node's, in order. */
function firstFeeds(op: OpName): readonly HostTensor[] {
  const { feeds } = buildCase(firstCase(op));
  return firstNode(op).inputs.map(
    ({ node }) => feeds[node.op === 'input' ? node.attributes.name : ''] as HostTensor,
  );
}

function attributesOf(op: OpName): readonly OpAttributes[OpName][] {
  return op === 'cast' ? dtypes.map((to) => ({ to })) : [firstNode(op).attributes];
}

function combinations(count: number): DType[][] {
  if (count === 0) return [[]];
  return combinations(count - 1).flatMap((rest) => dtypes.map((dtype) => [...rest, dtype]));
}
