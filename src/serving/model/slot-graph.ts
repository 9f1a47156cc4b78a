// The graph of serving: new tokens of some slots, over the slots' own keys and values.
import { type Graph, gatherRows, input, type Tensor } from '../../engine/index.ts';
import { type CausalModel, slotHeadSize, type Weights } from '../../models/index.ts';

/** Names of the slots' inputs; outputs of the same names are the slots with the new tokens in them. */
export function slotNames(model: CausalModel): readonly string[] {
  return Array.from({ length: model.layerCount }, (_, i) => [`keys.${i}`, `values.${i}`]).flat();
}

/**
 * Inputs: `ids`, `positions` int64[rows, length]; `last` int32[rows], the place of each row's last token; `wanted` int64[scored], which
 * of the rows * length tokens are the ones whose next token is asked for; the slots [rows, key-value heads, capacity, head size].
 * Outputs: `logits` [scored, vocabulary] and the slots.
 */
export function slotGraph(model: CausalModel, weights: Weights, capacity: number): Graph {
  const names = slotNames(model);
  const shape = ['rows', model.keyValueHeads, capacity, slotHeadSize(model.headSize)] as const;
  const buffers = names.map((name) => input(`old.${name}`, 'float32', shape));
  const layers = Array.from({ length: model.layerCount }, (_, i) => ({
    keys: buffers[2 * i] as Tensor,
    values: buffers[2 * i + 1] as Tensor,
  }));
  const { hidden, cache } = model.forward(weights, {
    ids: input('ids', 'int64', ['rows', 'length']),
    positions: input('positions', 'int64', ['rows', 'length']),
    slots: { layers, last: input('last', 'int32', ['rows']) },
    maxPositions: capacity,
  });
  const scored = gatherRows(hidden, input('wanted', 'int64', ['scored']));
  const grown = cache.flatMap(({ keys, values }) => [keys, values]);
  return {
    outputs: {
      logits: model.logits(weights, scored),
      ...Object.fromEntries(names.map((name, i) => [name, grown[i] as Tensor])),
    },
  };
}
