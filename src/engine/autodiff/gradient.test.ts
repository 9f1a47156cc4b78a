// The reverse walk itself: paths that meet, stop, are absent, or are computed again.
import { expect, test } from 'vitest';
import { feedForward, finiteDifferences, hostTensor, relativeDifference } from '../../testing/index.ts';
import {
  add,
  cast,
  concat,
  crossEntropy,
  exp,
  type Graph,
  gatherRows,
  input,
  log,
  matMul,
  maximum,
  minimum,
  mul,
  nodesOf,
  recomputed,
  reduceMax,
  reduceSum,
  relu,
  reshape,
  rmsNorm,
  rotary,
  stopGradient,
  sub,
  type Tensor,
} from '../graph/index.ts';
import { type HostTensors, interpret, Session } from '../runtime/index.ts';
import { gradient } from './index.ts';

const vector = (...values: number[]) => hostTensor('float32', [values.length], values);

function evaluate(tensors: readonly Tensor[], feeds: HostTensors): number[][] {
  const outputs = Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor]));
  const values = interpret({ outputs }, feeds);
  return tensors.map((_, i) => Array.from(values[i]?.data ?? []));
}

test('gradient() sums over all paths from a tensor to the loss', () => {
  const x = input('x', 'float32', [2]);
  const y = mul(x, x);
  const loss = reduceSum(add(mul(y, x), sub(y, x)));
  // 3 x^2 + 2 x - 1
  expect(evaluate(gradient(loss, [x]), { x: vector(2, -1) })).toEqual([[15, 0]]);
});

test('gradient() stops at stopGradient, on that path alone', () => {
  const x = input('x', 'float32', [1]);
  const loss = reduceSum(mul(x, stopGradient(mul(x, x))));
  expect(evaluate(gradient(loss, [x]), { x: vector(3) })).toEqual([[9]]);
});

test('gradient() is zero for a tensor that the loss does not reach', () => {
  const [x, other, behind] = ['x', 'other', 'behind'].map((name) => input(name, 'float32', [2])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const loss = reduceSum(mul(x, stopGradient(behind)));
  const feeds = { x: vector(1, 2), other: vector(3, 4), behind: vector(5, 6) };
  expect(evaluate(gradient(loss, [other, x, behind]), feeds)).toEqual([
    [0, 0],
    [5, 6],
    [0, 0],
  ]);
});

test('gradient() answers for inner tensors, the loss itself, and one tensor asked for twice', () => {
  const x = input('x', 'float32', [2]);
  const y = exp(x);
  const loss = reduceSum(mul(y, y));
  const [byY, byLoss, byX, again] = evaluate(gradient(loss, [y, loss, x, x]), { x: vector(0, 0) });
  expect([byY, byLoss, byX, again]).toEqual([[2, 2], [1], [2, 2], [2, 2]]);
});

test('gradient() refuses a loss that is no float32 scalar', () => {
  const x = input('x', 'float32', [2]);
  expect(() => gradient(x, [x])).toThrow('Cannot differentiate a float32[2]');
  expect(() => gradient(cast(reduceSum(x), 'int64'), [x])).toThrow('reduce the loss to a float32 scalar');
});

test('gradient() refuses what it has no rule for, where silence would mean zero', () => {
  const x = input('x', 'float32', [1, 1, 2, 2]);
  const positions = input('positions', 'int64', [1, 2]);
  const table = input('table', 'float32', [3, 1]);
  const turned = reduceSum(rotary(x, positions, { cos: table, sin: table }));
  expect(() => gradient(turned, [table])).toThrow("Cannot differentiate 'rotary' by its tables");
  expect(() => gradient(turned, [x])).not.toThrow();
});

test('reduceMax shares its gradient between equal largest values', () => {
  const x = input('x', 'float32', [3]);
  expect(evaluate(gradient(reduceMax(x), [x]), { x: vector(2, 1, 2) })).toEqual([[0.5, 0, 0.5]]);
});

test('at a kink a gradient is given once: relu none, maximum and minimum to the first of equals', () => {
  const [a, b] = [input('a', 'float32', [1]), input('b', 'float32', [1])];
  const feeds = { a: vector(0), b: vector(0) };
  const at = (y: Tensor) => evaluate(gradient(reduceSum(y), [a, b]), feeds).flat();
  expect(at(relu(a))).toEqual([0, 0]);
  expect(at(maximum(a, b))).toEqual([1, 0]);
  expect(at(minimum(a, b))).toEqual([1, 0]);
});

test('a gradient that is only rows stays rows until it is summed: one scatter for a table read three times', () => {
  const table = input('table', 'float32', [5, 4]);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => input(name, 'int64', ['N'])) as [Tensor, Tensor, Tensor];
  const rows = [a, b, c].map((indices) => exp(gatherRows(table, indices)));
  const [g] = gradient(reduceSum(concat(rows, 0)), [table]);
  const scatters = nodesOf([g as Tensor]).filter((node) => node.op === 'scatterAddRows');
  expect(scatters).toHaveLength(1);
});

test('a tied output layer: dense and row gradients of one table add up', () => {
  const table = input('table', 'float32', [5, 3]);
  const labels = input('labels', 'int64', ['N']);
  const hidden = add(gatherRows(table, labels), gatherRows(table, reshape(labels, ['N'])));
  const { losses } = crossEntropy(matMul(hidden, table, { transposeB: true }), labels);
  const loss = reduceSum(losses);
  const [g] = gradient(loss, [table]);
  const feeds = {
    table: hostTensor(
      'float32',
      [5, 3],
      Array.from({ length: 15 }, (_, i) => Math.sin(i)),
    ),
    labels: hostTensor('int64', [4], [1, 3, 1, 1]),
  };
  const graph: Graph = { outputs: { loss, g: g as Tensor } };
  const numeric = finiteDifferences(graph, feeds, { output: 'loss', input: 'table' });
  expect(relativeDifference(interpret(graph, feeds).g?.data ?? [], numeric)).toBeLessThan(1e-7);
});

test('recomputed() changes no gradient, and copies the nodes that the backward pass reads', async () => {
  const sizes = { x: [3, 4], up: [4, 5], down: [5, 4] } as const;
  const inputs = Object.entries(sizes).map(([name, shape]) => input(name, 'float32', shape));
  const [x, up, down] = inputs as [Tensor, Tensor, Tensor];
  const layers = (wrap: (build: () => Tensor) => Tensor) => {
    const first = wrap(() => feedForward(x, up, down));
    const loss = reduceSum(log(exp(wrap(() => feedForward(first, up, down)))));
    const outputs = [loss, ...gradient(loss, inputs)];
    return { outputs: Object.fromEntries(outputs.map((tensor, i) => [`y${i}`, tensor])) };
  };
  const plain = layers((build) => build());
  const again = layers(recomputed);
  const feeds = Object.fromEntries(
    Object.entries(sizes).map(([name, shape], at) => [
      name,
      hostTensor(
        'float32',
        shape,
        Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.cos(i + at)),
      ),
    ]),
  );
  const count = (graph: Graph, op: string) =>
    nodesOf(Object.values(graph.outputs)).filter((node) => node.op === op).length;
  expect([count(plain, 'silu'), count(again, 'silu')]).toEqual([2, 4]);
  expect(interpret(again, feeds)).toEqual(interpret(plain, feeds));
  await using plainSession = await Session.create(plain);
  await using againSession = await Session.create(again);
  expect(await againSession.run(feeds)).toEqual(await plainSession.run(feeds));
});

test('a statistic of a normalisation may not reach the loss unseen', () => {
  const x = input('x', 'float32', [2, 3]);
  const weight = input('weight', 'float32', [3]);
  const inverse = rmsNorm(x, weight, 1e-5).node.outputs[1] as Tensor;
  expect(() => gradient(reduceSum(inverse), [x])).toThrow("Cannot differentiate 'rmsNorm' by its statistics");
});
