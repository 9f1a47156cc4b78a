// The order in which onnxruntime really runs nodes, read from its trace.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { feedForward, hostTensor } from '../../testing/index.ts';
import { gradient } from '../autodiff/index.ts';
import { type Graph, input, mul, recomputed, reduceSum, type Tensor } from '../graph/index.ts';
import { lowerGraph } from '../onnx/lower.ts';
import { orderNodes } from './execution-order.ts';
import { Session } from './index.ts';

const layers = 3;
const shapes = { up: [4, 5], down: [5, 4] } as const;

/** Layers recomputed for the backward pass; outputs: the loss, then gradients from the last layer to the first. */
function recomputedGraph(): Graph {
  const weights: Tensor[] = [];
  let x = input('x', 'float32', ['B', 4]);
  for (let i = 0; i < layers; i++) {
    const [up, down] = [input(`up${i}`, 'float32', shapes.up), input(`down${i}`, 'float32', shapes.down)];
    const below = x;
    x = recomputed(() => feedForward(below, up, down));
    weights.push(up, down);
  }
  const loss = reduceSum(mul(x, x));
  const named = gradient(loss, weights).map((g, i) => [`g${i}`, g] as const);
  return { outputs: { loss, ...Object.fromEntries(named.reverse()) } };
}

const ones = ([rows, columns]: readonly [number, number]) =>
  hostTensor('float32', [rows, columns], new Float32Array(rows * columns).fill(1));

async function namesAsRun(graph: Graph): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'hone-order-'));
  try {
    await using session = await Session.create(graph, { profile: join(directory, 'trace') });
    const weights = Array.from({ length: layers }, (_, i) => [
      [`up${i}`, ones(shapes.up)],
      [`down${i}`, ones(shapes.down)],
    ]);
    await session.run({ x: ones([2, 4]), ...Object.fromEntries(weights.flat()) });
    session.endProfiling();
    const [file] = readdirSync(directory);
    const events: { name: string }[] = JSON.parse(readFileSync(join(directory, file ?? ''), 'utf8'));
    return events
      .filter(({ name }) => name.endsWith('_kernel_time'))
      .map(({ name }) => name.replace('_kernel_time', ''));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('Session runs the forward pass first, then each layer’s recomputation beside its gradients', async () => {
  const names = await namesAsRun(recomputedGraph());
  // Both of a layer's products again: its activations, and the gradient's way through them
  const activations = names.filter((name) => name.startsWith('QuickGelu'));
  expect(activations).toHaveLength(2 * layers);
  const loss = names.findIndex((name) => name.startsWith('ReduceSum'));
  const at = activations.map((name) => names.indexOf(name));
  expect(at.slice(0, layers).every((place) => place < loss)).toBe(true);
  expect(at.slice(layers).every((place) => place > loss)).toBe(true);
  // Between two recomputations lie the products that give the layer's two weight gradients
  for (let i = layers; i + 1 < 2 * layers; i++) {
    const between = names.slice(at[i], at[i + 1]).filter((name) => name.startsWith('Gemm'));
    expect(between.length).toBeGreaterThanOrEqual(3);
  }
});

test('orderNodes() moves only nodes that nobody reads, the first of them to the end', () => {
  const listed = lowerGraph(recomputedGraph()).graph?.node.map((node) => node.name) ?? [];
  const ordered = orderNodes(lowerGraph(recomputedGraph())).graph?.node.map((node) => node.name) ?? [];
  const leaves = ordered.slice(-(1 + 2 * layers));
  expect([...ordered].sort()).toEqual([...listed].sort());
  expect(leaves.toReversed()).toEqual(listed.filter((name) => leaves.includes(name)));
  expect(ordered.slice(0, -leaves.length)).toEqual(listed.filter((name) => !leaves.includes(name)));
});
