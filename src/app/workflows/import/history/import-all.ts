// The order of an import: experiments with their runs, then the logged models that runs measured, then the registry.
import { NotFoundError } from '../../../../core/index.ts';
import type { Tell } from '../problems.ts';
import type { Source, SourceExperiment } from '../source/source.ts';
import { concurrently } from './concurrently.ts';
import { checkGoesOn, type ImportContext, OwnProblems } from './context.ts';
import { type ImportedExperiment, importExperiment } from './import-experiment.ts';
import { importLoggedModel } from './import-logged-model.ts';
import { importModel } from './import-model.ts';
import { importRun } from './import-run.ts';

/** Runs on their way at once: while one waits for the source, another is written. */
const runsAtOnce = 4;

/** Imports everything, or the experiments of these names and nothing of the registry. Resolves to what became of the experiments. */
export async function importAll(
  context: ImportContext,
  names: readonly string[] | undefined,
): Promise<readonly ImportedExperiment[]> {
  const { source, tell } = context;
  const imported: ImportedExperiment[] = [];
  for await (const experiment of chosenExperiments(source, names, tell)) {
    checkGoesOn(context.signal);
    const here = await importExperiment(context, experiment);
    if (here === undefined) continue;
    imported.push(here);
    const problems = new OwnProblems(tell);
    await problems.attempt(`experiment '${experiment.name}'`, async () => {
      await concurrently(source.runs(experiment, tell), runsAtOnce, (run) => importRun(context, here, run));
      for await (const model of source.loggedModels(experiment, tell))
        await importLoggedModel(context, here, model);
    });
  }
  if (names !== undefined) return imported;
  await new OwnProblems(tell).attempt('registered models', async () => {
    for await (const model of source.models(tell)) await importModel(context, model);
  });
  return imported;
}

/** The experiments of these names, all when none are given. @throws NotFoundError for a name that the source does not have */
export async function* chosenExperiments(
  source: Source,
  names: readonly string[] | undefined,
  tell: Tell,
): AsyncIterable<SourceExperiment> {
  const seen = new Map<string, string>();
  for await (const experiment of source.experiments(tell)) {
    const { id, name } = experiment;
    if (names !== undefined && !names.includes(name)) continue;
    const namesake = seen.get(name);
    if (namesake !== undefined)
      tell({
        what: `experiment '${name}'`,
        reason: `the experiments ${namesake} and ${id} of the source bear this name; the runs of both are in one now`,
      });
    seen.set(name, namesake ?? id);
    yield experiment;
  }
  const missing = names?.filter((name) => !seen.has(name)) ?? [];
  if (missing.length > 0)
    throw new NotFoundError(
      `Cannot import the experiment '${missing.join("', '")}': ${source.name} has none of that name; check --experiment`,
    );
}
