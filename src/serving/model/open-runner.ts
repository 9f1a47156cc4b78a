// Opens a model's directory for serving: weights as constants of one graph, which onnxruntime packs for its kernels.
import { InputError } from '../../core/index.ts';
import { constant, type Graph, Session } from '../../engine/index.ts';
import { type CausalModel, GraphWeights, type OpenedModel, openModel } from '../../models/index.ts';
import type { SlotRunner } from '../engine/slot-runner.ts';
import { GraphRunner } from './graph-runner.ts';
import { slotGraph } from './slot-graph.ts';

/** How weights are held: as they are, or as whole numbers of eight bits with a scale for every 32 of them. */
export type Precision = 'float32' | 'int8';

export type RunnerOptions = {
  /** Sequences that are held at once; 16 by default. */
  readonly slots?: number;
  /** Longest sequence, prompt and answer together; by default the model's longest, 4096 at most. */
  readonly capacity?: number;
  readonly precision?: Precision;
  /** Threads within an operation; 0, the default: one for each physical core. */
  readonly threads?: number;
};

const usualCapacity = 4096;

/**
 * Loads a model for serving.
 * @param directory as transformers' `save_pretrained` writes it
 * @throws InputError for a directory that holds no known model, and for sequences longer than it takes;
 *   ResourceError when memory does not reach
 */
export async function openRunner(directory: string, options: RunnerOptions = {}): Promise<SlotRunner> {
  await using opened = await openModel(directory);
  const { model } = opened;
  const { slots = 16, capacity = Math.min(model.steadyLength, usualCapacity), threads = 0 } = options;
  checkSizes(model, { slots, capacity });
  const session = await Session.create(await constantGraph(opened, capacity), {
    threads,
    intoOnly: true,
    arena: true,
  });
  return new GraphRunner({ model, session, slots, capacity });
}

/** The arrays go out of reach with the graph: onnxruntime keeps packed copies of its own. */
async function constantGraph(opened: OpenedModel, capacity: number): Promise<Graph> {
  const { model } = opened;
  const arrays = new Map(
    model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const array = (name: string) => arrays.get(name) as Float32Array;
  await opened.readParameters(array);
  const weights = new GraphWeights(model.parameters, ({ name, shape }) => constant(array(name), shape));
  return slotGraph(model, weights, capacity);
}

function checkSizes(
  { maxLength, steadyLength }: CausalModel,
  { slots, capacity }: { readonly slots: number; readonly capacity: number },
): void {
  if (!Number.isInteger(slots) || slots < 1)
    throw new InputError(`Cannot open the model with ${slots} slots; ask for 1 or more`);
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > maxLength)
    throw new InputError(
      `Cannot open the model for sequences of ${capacity} tokens; its longest has ${maxLength}`,
    );
  if (capacity > steadyLength)
    throw new InputError(
      `Cannot open the model for sequences of ${capacity} tokens: its rotary scaling turns longer ones than ${steadyLength} otherwise than shorter ones; ask for at most ${steadyLength}`,
    );
}
