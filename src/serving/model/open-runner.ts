// Opens a model's directory for serving: weights as constants of one graph, which onnxruntime packs for its kernels.
import { InputError } from '../../core/index.ts';
import { Session } from '../../engine/index.ts';
import { type CausalModel, type OpenedModel, openModel } from '../../models/index.ts';
import type { SlotRunner } from '../engine/slot-runner.ts';
import { type Precision, readConstantWeights } from './constant-weights.ts';
import { GraphRunner } from './graph-runner.ts';
import { slotGraph } from './slot-graph.ts';
import { StackedAdapters } from './stacked-adapters.ts';

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
  const opened = await openModel(directory);
  try {
    return await runnerOf(opened, options);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Keeps the files open: weights are read again, the same ones, when the first adapter comes. */
async function runnerOf(opened: OpenedModel, options: RunnerOptions): Promise<SlotRunner> {
  const { model } = opened;
  const {
    slots = 16,
    capacity = Math.min(model.steadyLength, usualCapacity),
    precision = 'float32',
    threads = 0,
  } = options;
  checkSizes(model, { slots, capacity });
  return GraphRunner.open({
    ...{ model, slots, capacity },
    openSession: async (kind) => {
      const constants = await readConstantWeights(opened, precision);
      const weights = kind === 'plain' ? constants : new StackedAdapters(constants, model);
      return Session.create(slotGraph(model, weights, capacity), { threads, intoOnly: true, arena: true });
    },
    close: () => opened.close(),
  });
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
