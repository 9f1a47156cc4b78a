// A whole decoder's gradients: against finite differences, onnxruntime, recomputation, and a model read back.
import { expect, test } from 'vitest';
import {
  checkGraph,
  crossEntropy,
  decodeModel,
  encodeModel,
  type Graph,
  gradient,
  type HostTensor,
  input,
  int64,
  interpret,
  lowerGraph,
  nodesOf,
  raiseGraph,
  reduceMean,
  reshape,
  Session,
  type Tensor,
} from '../../engine/index.ts';
import { finiteDifferences, hostTensor, relativeDifference } from '../../testing/index.ts';
import { causalBias } from '../layers/index.ts';
import { GraphWeights } from '../weights.ts';
import { llamaModel } from './model.ts';
import { newLlamaConfig } from './new-config.ts';

const model = llamaModel(
  newLlamaConfig({
    vocabSize: 7,
    hiddenSize: 8,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    intermediateSize: 6,
    maxPositions: 5,
  }),
);

function stepGraph(recompute: boolean): Graph {
  const [ids, positions, labels] = ['ids', 'positions', 'labels'].map((name) =>
    input(name, 'int64', ['B', 'T']),
  ) as [Tensor, Tensor, Tensor];
  const weights = new GraphWeights(model.parameters);
  const batch = { ids, positions, attentionBias: causalBias('T'), maxPositions: 5, recompute };
  const logits = model.logits(weights, model.forward(weights, batch).hidden);
  const loss = reduceMean(crossEntropy(logits, reshape(labels, ['B*T'])).losses);
  const gradients = gradient(loss, [...weights.used.values()]);
  const named = [...weights.used.keys()].map((name, i) => [`d ${name}`, gradients[i] as Tensor]);
  return { outputs: { loss, ...Object.fromEntries(named) } };
}

const values = (count: number, at: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + i * (at + 3)));
const feeds: Readonly<Record<string, HostTensor>> = {
  ids: int64([1, 2, 2, 6, 0, 2], [2, 3]),
  positions: int64([0, 1, 2, 0, 1, 2], [2, 3]),
  labels: int64([2, 2, 1, 0, 2, 3], [2, 3]),
  ...Object.fromEntries(
    model.parameters.map(({ name, shape }, at) => [
      name,
      hostTensor(
        'float32',
        shape,
        values(
          shape.reduce((product, size) => product * size, 1),
          at,
        ),
      ),
    ]),
  ),
};

test('every parameter’s gradient agrees with finite differences', () => {
  const graph = stepGraph(false);
  checkGraph(graph);
  const analytic = interpret(graph, feeds);
  for (const { name } of model.parameters) {
    const numeric = finiteDifferences(graph, feeds, { output: 'loss', input: name });
    expect(relativeDifference(analytic[`d ${name}`]?.data ?? [], numeric), name).toBeLessThan(1e-6);
  }
});

test('gradients are the same to the bit when layers are recomputed, which copies their products', async () => {
  const [plain, again] = [stepGraph(false), stepGraph(true)];
  const products = (graph: Graph) =>
    nodesOf(Object.values(graph.outputs)).filter((node) => node.op === 'matMul').length;
  expect(products(again)).toBeGreaterThan(products(plain));
  await using plainSession = await Session.create(plain, { threads: 2 });
  await using againSession = await Session.create(again, { threads: 2 });
  const wanted = await plainSession.run(feeds);
  expect(await againSession.run(feeds)).toEqual(wanted);
  for (const [name, { data }] of Object.entries(interpret(plain, feeds)))
    expect(relativeDifference(wanted[name]?.data ?? [], data), name).toBeLessThan(1e-5);
});

test('the step’s model reads back as a graph that lowers to the same bytes', () => {
  for (const recompute of [false, true]) {
    const bytes = encodeModel(lowerGraph(stepGraph(recompute)));
    const raised = raiseGraph(decodeModel(bytes));
    expect(Buffer.from(encodeModel(lowerGraph(raised))).equals(bytes)).toBe(true);
  }
});
