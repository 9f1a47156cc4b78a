// Deletes and restores runs and experiments.
import type { Experiment, Run } from '../../../tracking/index.ts';
import { findExperiments, findRun } from './find-runs.ts';
import type { RunSource } from './run-source.ts';

/** What a user names. */
export type NamedTargets = { readonly runs?: readonly string[]; readonly experiments?: readonly string[] };

/** What that is. */
export type Targets = { readonly runs: readonly Run[]; readonly experiments: readonly Experiment[] };

/** All that is named, found before anything is changed. @throws NotFoundError, InputError */
export async function findTargets(
  source: RunSource,
  { runs = [], experiments = [] }: NamedTargets,
): Promise<Targets> {
  const found: Run[] = [];
  for (const name of runs) found.push(await findRun(source, name));
  return {
    runs: found,
    experiments: experiments.length === 0 ? [] : await findExperiments(source, experiments),
  };
}

/** Deletes what is active; it can be restored. */
export async function deleteTargets(source: RunSource, { runs, experiments }: Targets): Promise<void> {
  for (const { info } of runs) if (info.lifecycle === 'active') await source.deleteRun(info.runId);
  for (const { id, lifecycle } of experiments) if (lifecycle === 'active') await source.deleteExperiment(id);
}

/** Restores what is deleted. */
export async function restoreTargets(source: RunSource, { runs, experiments }: Targets): Promise<void> {
  for (const { id, lifecycle } of experiments)
    if (lifecycle === 'deleted') await source.restoreExperiment(id);
  for (const { info } of runs) if (info.lifecycle === 'deleted') await source.restoreRun(info.runId);
}
