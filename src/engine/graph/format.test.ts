// The text of a graph, and golden graphs: what a refactor changes in the graphs that are built shows here.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allCases, buildGradientCase, formatLowered, golden } from '../../testing/index.ts';
import { add, constant, exp, formatGraph, input, recomputed, rmsNorm, slice, type Tensor } from './index.ts';

const directory = fileURLToPath(new URL('../../../test/fixtures/golden-graphs/', import.meta.url));
const kept = [
  'tied embedding',
  'feed forward, recomputed',
  'attention',
  'preference loss',
  'rmsNorm of named dimensions',
  'concat of named parts',
];

test('formatGraph() shows nodes in order, attributes, types, segments and outputs', () => {
  const x = input('x', 'float32', ['B', 4]);
  const normal = recomputed(() => rmsNorm(x, constant([1, -0, 0.5, 2], [4]), 1e-5));
  const y = slice(add(normal, normal.node.outputs[1] as Tensor), { axis: 0, end: 'B+-1' });
  const long = constant(
    Float32Array.from({ length: 9 }, (_, i) => i),
    [9],
  );
  expect(formatGraph({ outputs: { y, long, again: y } })).toBe(`\
%0 = input(x) : float32[B, 4]
%1 = constant([1, -0, 0.5, 2]) : float32[4] recomputed 0
%2 = rmsNorm(%0, %1, epsilon=0.00001) : float32[B, 4], float32[B, 1] recomputed 0
%3 = add(%2.0, %2.1) : float32[B, 4]
%4 = slice(%3, axis=0, start=0, end="B+-1") : float32[B+-1, 4]
%5 = constant(9 values 13a22b00) : float32[9]
y <- %4
long <- %5
again <- %4
`);
});

test('formatGraph() gives two builds of one graph the same text', () => {
  const build = () => formatGraph({ outputs: { y: exp(input('x', 'float32', [2])) } });
  expect(build()).toBe(build());
});

test.each(kept)('the golden graph is unchanged: %s', (name) => {
  const one = allCases.find((candidate) => candidate.name === name);
  const { graph } = buildGradientCase(one as NonNullable<typeof one>);
  const text = `${formatGraph(graph)}\n${formatLowered(graph)}`;
  expect(text).toBe(golden(`${directory}${name.replaceAll(/\W+/g, '-')}.txt`, text));
});
