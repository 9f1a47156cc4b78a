// The oracle of slots: one graph over all tokens, which knows no cache.
import { type HostTensor, type HostTensors, input, int64, Session } from '../../../engine/index.ts';
import { type CausalModel, causalBias, GraphWeights } from '../../../models/index.ts';

/** Ids above the special ones, told by a seed. */
export function tokenIds(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => 3 + ((i * i * 7 + i * seed * 11 + seed * 5) % 50));
}

/** The scores after the last of some tokens. */
export async function wholePass(
  model: CausalModel,
  parameters: HostTensors,
  row: readonly number[],
): Promise<Float32Array> {
  const shape = [1, row.length] as const;
  const weights = new GraphWeights(model.parameters);
  const { hidden } = model.forward(weights, {
    ids: input('ids', 'int64', shape),
    positions: input('positions', 'int64', shape),
    attentionBias: causalBias(row.length, model.slidingWindow),
    maxPositions: row.length,
  });
  await using session = await Session.create({ outputs: { logits: model.logits(weights, hidden) } });
  const positions = row.map((_, i) => i);
  const outputs = await session.run({
    ...parameters,
    ids: int64(row, shape),
    positions: int64(positions, shape),
  });
  const logits = outputs.logits as HostTensor;
  return (logits.data as Float32Array).subarray(-model.vocabSize);
}
