// The graph of generation: new tokens on top of a cache.
import { addDims, type Dim, type Graph, gatherRows, input, type Tensor } from '../../engine/index.ts';
import type { CausalModel, Weights } from '../model.ts';

/** Names of the cache's inputs; outputs of the same name hold the new tokens' keys and values. */
export function cacheNames(layers: number): readonly string[] {
  return Array.from({ length: layers }, (_, i) => [`keys.${i}`, `values.${i}`]).flat();
}

/** How a step graph is built. */
export type StepGraphOptions = {
  /** Tokens of each row in one run: a name for any number, 1 for a graph that takes single tokens faster. */
  readonly length: Dim;
  /** Positions lie below this. */
  readonly maxPositions: number;
};

/**
 * Inputs: `ids`, `positions` int64[rows, length]; `bias` [rows, 1, length, past + length]; `last` int64[rows], which of the
 * rows * length tokens are the ones whose next token is wanted; the cache [rows, key-value heads, past, head size]; the
 * parameters. Outputs: `logits` [rows, vocabulary], and the new keys and values.
 */
export function stepGraph(
  model: CausalModel,
  weights: Weights,
  { length, maxPositions }: StepGraphOptions,
): Graph {
  const names = cacheNames(model.layerCount);
  const cacheShape = ['rows', model.keyValueHeads, 'past', model.headSize] as const;
  const inputs = names.map((name) => input(`past.${name}`, 'float32', cacheShape));
  const cache = Array.from({ length: model.layerCount }, (_, i) => ({
    keys: inputs[2 * i] as Tensor,
    values: inputs[2 * i + 1] as Tensor,
  }));
  const result = model.forward(weights, {
    ids: input('ids', 'int64', ['rows', length]),
    positions: input('positions', 'int64', ['rows', length]),
    attentionBias: input('bias', 'float32', ['rows', 1, length, addDims('past', length)]),
    cache,
    maxPositions,
  });
  const wanted = gatherRows(result.hidden, input('last', 'int64', ['rows']));
  const grown = result.cache.flatMap(({ keys, values }) => [keys, values]);
  return {
    outputs: {
      logits: model.logits(weights, wanted),
      ...Object.fromEntries(names.map((name, i) => [name, grown[i] as Tensor])),
    },
  };
}
