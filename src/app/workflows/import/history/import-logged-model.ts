// Brings a logged model over: under its own id, with its metrics and files.
import { NotFoundError } from '../../../../core/index.ts';
import type { LoggedModelMetric } from '../../../../tracking/index.ts';
import { partBatch } from '../../../../tracking/index.ts';
import type { SourceLoggedModel } from '../source/source.ts';
import { type ArtifactTarget, copyArtifacts, uriAfterImport } from './artifacts.ts';
import { checkGoesOn, type ImportContext, OwnProblems } from './context.ts';
import type { ImportedExperiment } from './import-experiment.ts';
import { chunks, isDone } from './import-run.ts';

/** Brings a logged model up to date with its source, unless it is. The runs that measured it must be here. */
export async function importLoggedModel(
  context: ImportContext,
  experiment: ImportedExperiment,
  model: SourceLoggedModel,
): Promise<void> {
  checkGoesOn(context.signal);
  const { ledger, counter } = context;
  const { modelId, artifactUri, fingerprint } = model;
  const what = `logged model ${modelId}`;
  const folder = `${experiment.id}/models/${modelId}/artifacts`;
  const target: ArtifactTarget = { what, artifactUri, place: model.place, folder };
  const here = uriAfterImport(context, target);
  const entry = await ledger.find('logged model', modelId);
  if (isDone(entry, fingerprint, here)) {
    for (const problem of entry?.problems ?? []) context.tell(problem);
    return counter.tally('loggedModels', 'unchanged');
  }
  const problems = new OwnProblems(context.tell);
  if (entry === undefined && (await isThere(context, modelId)))
    return problems.tell({
      what,
      reason: 'a model of that id is here already and came from elsewhere; it was left as it is',
    });
  const uri = entry?.target.startsWith('mlflow-artifacts:') ? entry.target : here;
  const noted = { target: uri, originUri: artifactUri };
  if (entry === undefined)
    await ledger.put('logged model', modelId, { ...noted, fingerprint: undefined, problems: [] });
  const restored = { ...model, experimentId: experiment.id, artifactUri: uri };
  const done = await problems.attempt(what, async () => {
    await context.restoration.loggedModel({
      ...restored,
      status: entry?.fingerprint ? model.status : 'PENDING',
    });
    await writeMetrics(context, model, problems);
    await copyArtifacts(context, target, problems);
    await context.restoration.loggedModel(restored);
  });
  if (!done) return;
  await ledger.put('logged model', modelId, {
    ...noted,
    fingerprint: problems.isWithheld ? undefined : fingerprint,
    problems: problems.list,
  });
  counter.tally('loggedModels', entry === undefined ? 'added' : 'updated');
}

async function isThere({ stores }: ImportContext, modelId: string): Promise<boolean> {
  try {
    await stores.tracking.loggedModels.get(modelId, { deleted: true });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

async function writeMetrics(
  { source, restoration, signal }: ImportContext,
  model: SourceLoggedModel,
  problems: OwnProblems,
): Promise<void> {
  const what = `logged model ${model.modelId}`;
  for await (const values of source.modelMetrics(model, problems.tell))
    for (const [runId, own] of Map.groupBy(values, (metric: LoggedModelMetric) => metric.runId))
      for (const part of chunks(own, 1000)) {
        checkGoesOn(signal);
        const { misfits } = partBatch({ metrics: part });
        for (const { key, reason } of misfits) problems.tell({ what: `${what}, metric '${key}'`, reason });
        const wrong = new Set(misfits.map(({ key }) => key));
        const metrics = part.filter(({ key }) => !wrong.has(key));
        await problems.attempt(`${what}, metrics of run ${runId}`, () =>
          restoration.modelMetrics(runId, metrics),
        );
      }
}
