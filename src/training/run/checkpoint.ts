// Checkpoints of a run in progress: the model, the optimiser's state and the place in the data, whole or not at all.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, removeDirectoryAtomic, replaceDirectoryAtomic } from '../../core/index.ts';
import { openWeights, writeSafetensors } from '../../engine/index.ts';
import type { ParameterStore } from '../step/parameter-store.ts';

/** Where a run stands. Data order and dropout follow from seed and step, so that these few numbers are all its state. */
export type Progress = {
  /** Optimiser steps taken. */
  readonly step: number;
  /** Tokens seen. */
  readonly tokens: number;
  /** The best evaluation so far. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Evaluations since the best one. */
  readonly sinceBest: number;
};

/** What a checkpoint holds beside the progress. */
export type CheckpointState = {
  readonly store: ParameterStore;
  readonly slots: Readonly<Record<string, Float32Array>>;
};

const stateFile = 'training-state.json';
const tensorFile = 'training-state.safetensors';

/** Writes `step-N/`; it appears when all is on disk. `saveModel` puts a usable model beside the state. */
export async function saveCheckpoint(
  directory: string,
  progress: Progress,
  { store, slots, saveModel }: CheckpointState & { readonly saveModel: (directory: string) => Promise<void> },
): Promise<void> {
  await replaceDirectoryAtomic(join(directory, checkpointName(progress.step)), async (temporary) => {
    await saveModel(join(temporary, 'model'));
    const vector = (name: string, data: Float32Array) => ({
      name,
      dtype: 'F32' as const,
      shape: [data.length],
      data,
    });
    const tensors = [
      vector('parameters', store.trained),
      ...Object.entries(slots).map(([name, data]) => vector(`slot:${name}`, data)),
    ];
    await writeSafetensors(join(temporary, tensorFile), tensors);
    await writeFile(join(temporary, stateFile), `${JSON.stringify(progress)}\n`);
  });
}

/** Restores parameters and slots from the newest checkpoint; undefined when there is none. */
export async function restoreNewest(
  directory: string,
  { store, slots }: CheckpointState,
): Promise<Progress | undefined> {
  const newest = (await checkpointSteps(directory)).at(-1);
  if (newest === undefined) return undefined;
  const path = join(directory, checkpointName(newest));
  const progress = JSON.parse(await readFile(join(path, stateFile), 'utf8')) as Progress;
  const weights = await openWeights(join(path, tensorFile));
  try {
    await weights.readInto('parameters', store.trained);
    for (const [name, data] of Object.entries(slots)) await weights.readInto(`slot:${name}`, data);
  } catch (cause) {
    throw new InputError(
      `Cannot resume from '${path}': it does not fit this run; remove it or choose another output`,
      { cause },
    );
  } finally {
    await weights.close();
  }
  return progress;
}

/** Removes all but the newest `keep` checkpoints and the best one. */
export async function pruneCheckpoints(
  directory: string,
  keep: number,
  best: number | undefined,
): Promise<void> {
  const steps = await checkpointSteps(directory);
  for (const step of steps.slice(0, -keep)) {
    if (step !== best) await removeDirectoryAtomic(join(directory, checkpointName(step)));
  }
}

/** Steps that have a checkpoint, ascending. */
export async function checkpointSteps(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .flatMap((name) => (/^step-\d+$/.test(name) ? [Number(name.slice(5))] : []))
    .sort((a, b) => a - b);
}

/** The directory of a checkpoint. */
export function checkpointDirectory(directory: string, step: number): string {
  return join(directory, checkpointName(step));
}

/** The model directory of a checkpoint. */
export function checkpointModel(directory: string, step: number): string {
  return join(checkpointDirectory(directory, step), 'model');
}

function checkpointName(step: number): string {
  return `step-${step}`;
}
