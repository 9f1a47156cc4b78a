// A dry run: counts what an import would bring and tells what would not fit, without a word to the stores.
import { type Metric, partBatch } from '../../../../tracking/index.ts';
import type { Problem, Tell } from '../problems.ts';
import type { Source, SourceRun } from '../source/source.ts';
import { checkGoesOn } from './context.ts';
import type { Counter } from './counts.ts';
import { chosenExperiments } from './import-all.ts';
import type { ImportedExperiment } from './import-experiment.ts';

/** What a survey works with. */
export type SurveyContext = {
  readonly source: Source;
  readonly counter: Counter;
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

/** Reads everything but histories and artifacts. */
export async function survey(
  { source, counter, tell, signal }: SurveyContext,
  names: readonly string[] | undefined,
): Promise<readonly ImportedExperiment[]> {
  for await (const experiment of chosenExperiments(source, names, tell)) {
    counter.tally('experiments', 'added');
    for (const reason of await source.leftBehind(experiment))
      tell({ what: `experiment '${experiment.name}'`, reason });
    for await (const run of source.runs(experiment, tell)) {
      checkGoesOn(signal);
      for (const problem of misfitsOf(run)) tell(problem);
      counter.tally('runs', 'added');
    }
    for await (const _ of source.loggedModels(experiment, tell)) counter.tally('loggedModels', 'added');
  }
  if (names !== undefined) return [];
  for await (const model of source.models(tell)) {
    checkGoesOn(signal);
    counter.tally('registeredModels', 'added');
    for await (const _ of source.versions(model, tell)) counter.tally('versions', 'added');
  }
  return [];
}

function misfitsOf({ info, params, tags, metricKeys }: SourceRun): readonly Problem[] {
  // A value of each metric says whether its key fits.
  const metrics = metricKeys.map((key): Metric => ({ key, value: 0, timestamp: 0, step: 0 }));
  return partBatch({ metrics, params, tags }).misfits.map(({ kind, key, reason }) => ({
    what: `run ${info.runId}, ${kind} '${key}'`,
    reason,
  }));
}
