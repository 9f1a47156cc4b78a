// Central differences in float64: the derivative that needs no rule.
import { type Feed, type Graph, interpret } from '../engine/index.ts';

type Feeds = Readonly<Record<string, Feed>>;

/**
 * The gradient of a graph's scalar output by one of its inputs, by the interpreter.
 * The error is of order step^2 for functions of moderate size.
 */
export function finiteDifferences(
  graph: Graph,
  feeds: Feeds,
  { output, input, step = 1e-5 }: { output: string; input: string; step?: number },
): Float64Array {
  const loss: Graph = { outputs: { [output]: outputOf(graph, output) } };
  const feed = feeds[input];
  if (feed === undefined) throw new TypeError(`Cannot vary input '${input}': it is not fed`);
  const values = Float64Array.from(feed.data, Number);
  const lossAt = (i: number, value: number) => {
    const data = values.with(i, value);
    return interpret(loss, { ...feeds, [input]: { ...feed, data } })[output]?.data[0] as number;
  };
  return values.map((x, i) => {
    const h = step * Math.max(1, Math.abs(x));
    return (lossAt(i, x + h) - lossAt(i, x - h)) / (2 * h);
  });
}

function outputOf(graph: Graph, name: string) {
  const tensor = graph.outputs[name];
  if (tensor === undefined) throw new TypeError(`Cannot vary an input: the graph has no output '${name}'`);
  return tensor;
}
