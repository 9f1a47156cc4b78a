// The files of a finished run that are recorded.
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { checkpointModel, checkpointSteps, type RunSummary } from '../../../../training/index.ts';
import type { RecordSettings } from './settings.ts';

/** A file, and its path among the artifacts. */
export type ArtifactFile = { readonly path: string; readonly file: string };

/** The models of a run as its settings ask for them: the final one, and checkpoints without the optimiser's state. */
export async function modelFiles(
  output: string,
  summary: Pick<RunSummary, 'final' | 'best'>,
  which: RecordSettings['artifacts'],
): Promise<ArtifactFile[]> {
  if (which === 'none') return [];
  const checkpoints = join(output, 'checkpoints');
  const steps =
    which === 'all'
      ? await checkpointSteps(checkpoints)
      : which === 'best' && summary.best !== null
        ? [summary.best.step]
        : [];
  const files = await filesBelow(summary.final, 'model');
  for (const step of steps)
    files.push(...(await filesBelow(checkpointModel(checkpoints, step), `checkpoints/step-${step}`)));
  return files;
}

/** The files in a directory, at any depth, in order. */
async function filesBelow(directory: string, prefix: string): Promise<ArtifactFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((file) => ({ file, path: `${prefix}/${relative(directory, file).split(sep).join('/')}` }));
}
