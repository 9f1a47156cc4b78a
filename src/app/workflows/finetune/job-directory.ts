// Where a job's files lie on the machine that runs it, and what of them stays when the job has ended.
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '../../../core/index.ts';
import { artifactPath } from '../../../store/index.ts';

/**
 * Paths of a job. The run's configuration names them from `working` on, so that it is the same on every machine: a run goes on only
 * under the configuration that it began with.
 */
export type JobPaths = {
  readonly files: string;
  readonly run: string;
  readonly checkpoints: string;
  /** The working directory: holds the base model under its own name, as the adapter will call it. */
  readonly working: string;
  /** A model that had to be made for the job: a tuned one joined to its base. */
  readonly merged: string;
  /** Of the adapter that is gone on from. */
  readonly adapter: string;
  readonly lock: string;
};

export function jobPaths(directory: string): JobPaths {
  const run = join(directory, 'run');
  return {
    files: join(directory, 'files'),
    run,
    checkpoints: join(run, 'checkpoints'),
    working: join(directory, 'working'),
    merged: join(directory, 'merged'),
    adapter: join(directory, 'adapter'),
    lock: join(directory, 'job.lock'),
  };
}

/** The paths as the configuration has them. */
export const pathsInConfig = { files: '../files', run: '../run', adapter: '../adapter' } as const;

/** Makes `working/NAME` lead to the model. */
export async function nameModel(working: string, name: string, directory: string): Promise<void> {
  await link(join(working, artifactPath(name)), directory);
}

/** A link to a directory, in place of one that is there. */
export async function link(path: string, directory: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await symlink(directory, path, 'junction');
  } catch (error) {
    throw fileError(`Cannot lead from '${path}' to '${directory}'`, error);
  }
}

/** What stays of a run that has ended: what it was, how it went, and what its process said. */
const keptOfRun: ReadonlySet<string> = new Set(['config.yaml', 'run.json', 'metrics.jsonl', 'summary.json']);

/** Removes all but settings, metrics and logs. */
export async function keepRecordsOnly(directory: string): Promise<void> {
  await removeExcept(directory, new Set(['run', 'logs']));
  await removeExcept(join(directory, 'run'), keptOfRun);
}

async function removeExcept(directory: string, kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names)
    if (!kept.has(name)) await rm(join(directory, name), { recursive: true, force: true });
}
