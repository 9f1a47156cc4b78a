// Every operation's gradient against central differences in float64.
import { expect, test } from 'vitest';
import {
  allCases,
  buildGradientCase,
  finiteDifferences,
  type GraphCase,
  operationCases,
  relativeDifference,
} from '../../testing/index.ts';
import { nodesOf, type OpName } from '../graph/index.ts';
import { interpret } from '../runtime/index.ts';

test.each(Object.keys(operationCases) as OpName[])('every case of %s applies it', (op) => {
  expect(operationCases[op].length).toBeGreaterThan(0);
  for (const one of operationCases[op]) {
    const { graph } = buildGradientCase(one);
    const ops = nodesOf(Object.values(graph.outputs)).map((node) => node.op);
    expect(ops, one.name).toContain(op);
  }
});

test('case names are unique', () => {
  expect(new Set(allCases.map((one) => one.name)).size).toBe(allCases.length);
});

const varied = allCases.filter((one) => !one.large && !one.constant);

test.each(varied)('gradient() agrees with finite differences: $name', (one) => {
  expect(worstGradient(one)).toBeLessThan(1e-6);
});

function worstGradient(one: GraphCase): number {
  const { graph, feeds } = buildGradientCase(one);
  const analytic = interpret(graph, feeds);
  const asked = Object.keys(graph.outputs).filter((name) => /^d\d+$/.test(name));
  expect(asked).not.toHaveLength(0);
  return asked.reduce((worst, name) => {
    const input = name.replace('d', 'x');
    const numeric = finiteDifferences(graph, feeds, { output: 'loss', input });
    const gradient = analytic[name]?.data ?? [];
    const scaleFree = numeric.some((x) => Math.abs(x) > 1e-7);
    const difference = scaleFree
      ? relativeDifference(gradient, numeric)
      : Math.max(0, ...Array.from(gradient, Math.abs));
    return Math.max(worst, difference);
  }, 0);
}
