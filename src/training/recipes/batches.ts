// Which examples each optimiser step of a run takes, and their names for error messages.
import { InputError } from '../../core/index.ts';
import { type Origin, planBatches } from '../../data/index.ts';
import type { TrainConfig } from '../config.ts';

/** Micro-batches of example indices, by optimiser step. */
export type StepPlan = {
  readonly stepsPerEpoch: number;
  /** Indices of each micro-batch of a step, which counts from 0 over the whole run. */
  at(step: number): readonly (readonly number[])[];
  /** Examples that were trained on after so many steps. */
  examplesAfter(steps: number): number;
};

/** Every example once an epoch, in an order that seed and epoch decide: a resumed run sees the same batches. */
export function planSteps(lengths: readonly number[], config: TrainConfig): StepPlan {
  const {
    batch_size: batchSize,
    gradient_accumulation: accumulation,
    seed,
    group_by_length: groupByLength,
    drop_last: dropLast,
  } = config;
  const effective = batchSize * accumulation;
  const stepsPerEpoch = dropLast
    ? Math.floor(lengths.length / effective)
    : Math.ceil(lengths.length / effective);
  if (stepsPerEpoch === 0)
    throw new InputError(
      `Cannot train: the ${lengths.length} examples do not fill one batch of ${effective}, and drop_last leaves it out; lower batch_size`,
    );
  const perEpoch = dropLast ? stepsPerEpoch * effective : lengths.length;
  let planned: { readonly epoch: number; readonly steps: readonly (readonly number[])[] } | undefined;
  return {
    stepsPerEpoch,
    at: (step) => {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (planned?.epoch !== epoch) {
        planned = {
          epoch,
          steps: planBatches(lengths, { batchSize: effective, seed, epoch, groupByLength, dropLast }),
        };
      }
      return split(planned.steps[step % stepsPerEpoch] ?? [], batchSize);
    },
    examplesAfter: (steps) =>
      Math.floor(steps / stepsPerEpoch) * perEpoch + Math.min((steps % stepsPerEpoch) * effective, perEpoch),
  };
}

/** Consecutive parts of at most `size`. */
export function split<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** 'train.jsonl:3, 17, 40': where a batch's examples come from. */
export function describeOrigins(origins: readonly Origin[]): string {
  const byFile = new Map<string, number[]>();
  for (const { file, line } of origins) byFile.set(file, [...(byFile.get(file) ?? []), line]);
  return [...byFile].map(([file, lines]) => `${file}:${lines.join(', ')}`).join('; ');
}
