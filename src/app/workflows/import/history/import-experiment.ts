// Brings an experiment over: under its name, with a new id.
import { fingerprint } from '../../../../core/index.ts';
import { partBatch } from '../../../../tracking/index.ts';
import type { SourceExperiment } from '../source/source.ts';
import { type ImportContext, OwnProblems } from './context.ts';

/** What an experiment of the source is called and became. */
export type ImportedExperiment = {
  readonly name: string;
  readonly sourceId: string;
  /** Its id here. */
  readonly id: string;
};

/** The experiment here, made where it is missing; undefined where that cannot be, which is told. */
export async function importExperiment(
  context: ImportContext,
  experiment: SourceExperiment,
): Promise<ImportedExperiment | undefined> {
  const { source, ledger, counter } = context;
  const { name, lifecycle, tags, id: sourceId } = experiment;
  const what = `experiment '${name}'`;
  const problems = new OwnProblems(context.tell);
  for (const reason of await source.leftBehind(experiment)) problems.tell({ what, reason });
  const entry = await ledger.find('experiment', sourceId);
  const id = entry?.target ?? (await newExperiment(context, experiment, problems));
  if (id === undefined) return undefined;
  const { fitting, misfits } = partBatch({ tags });
  for (const { key, reason } of misfits) problems.tell({ what: `${what}, tag '${key}'`, reason });
  const state = fingerprint({ lifecycle, tags });
  if (entry?.fingerprint === state) counter.tally('experiments', 'unchanged');
  else {
    // What both sides had before the first import keeps the lifecycle that it has here.
    if (entry !== undefined) await context.restoration.experimentLifecycle(id, lifecycle);
    await context.restoration.experimentTags(id, fitting.tags);
    await ledger.put('experiment', sourceId, {
      target: id,
      originUri: experiment.artifactLocation,
      fingerprint: state,
      problems: [],
    });
    counter.tally('experiments', entry === undefined ? 'added' : 'updated');
  }
  return { name, sourceId, id };
}

async function newExperiment(
  { stores, restoration }: ImportContext,
  experiment: SourceExperiment,
  problems: OwnProblems,
): Promise<string | undefined> {
  const what = `experiment '${experiment.name}'`;
  const present = await stores.tracking.experiments.getByName(experiment.name);
  if (present?.lifecycle === 'deleted' && experiment.lifecycle === 'active') {
    problems.tell({
      what,
      reason: 'one of that name is deleted here, and its runs were left out; restore it, then import again',
    });
    return undefined;
  }
  let id: string | undefined;
  await problems.attempt(what, async () => {
    id = await restoration.experiment({
      ...experiment,
      artifactLocationOf: (newId) => `mlflow-artifacts:/${newId}`,
    });
  });
  return id;
}
