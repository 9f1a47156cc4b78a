// Brings a run over: under its own id, with all that was logged to it.
import { NotFoundError } from '../../../../core/index.ts';
import { type Metric, partBatch } from '../../../../tracking/index.ts';
import type { LedgerEntry } from '../ledger.ts';
import type { SourceRun } from '../source/source.ts';
import { type ArtifactTarget, copyArtifacts, uriAfterImport } from './artifacts.ts';
import { checkGoesOn, type ImportContext, OwnProblems } from './context.ts';
import type { ImportedExperiment } from './import-experiment.ts';

/** Entries of one write: what a batch may hold. */
const batchSize = 100;

/** Brings a run up to date with its source, unless it is. */
export async function importRun(
  context: ImportContext,
  experiment: ImportedExperiment,
  run: SourceRun,
): Promise<void> {
  checkGoesOn(context.signal);
  const { ledger, counter } = context;
  const { runId, artifactUri } = run.info;
  const target: ArtifactTarget = {
    what: `run ${runId}`,
    artifactUri,
    place: run.place,
    folder: `${experiment.id}/${runId}/artifacts`,
  };
  const here = uriAfterImport(context, target);
  const entry = await ledger.find('run', runId);
  if (isDone(entry, run.fingerprint, here)) {
    for (const problem of entry?.problems ?? []) context.tell(problem);
    return counter.tally('runs', 'unchanged');
  }
  const problems = new OwnProblems(context.tell);
  if (entry === undefined && (await isThere(context, runId)))
    return problems.tell({
      what: target.what,
      reason: 'a run of that id is here already and came from elsewhere; it was left as it is',
    });
  // Artifacts that were copied once stay here.
  const uri = entry?.target.startsWith('mlflow-artifacts:') ? entry.target : here;
  const noted = { target: uri, originUri: artifactUri };
  if (entry === undefined) await ledger.put('run', runId, { ...noted, fingerprint: undefined, problems: [] });
  const restored = { ...run.info, experimentId: experiment.id, artifactUri: uri };
  const done = await problems.attempt(target.what, async () => {
    // Until all of it is there, a new run shows that it is not finished.
    if (entry?.fingerprint === undefined)
      await context.restoration.run({ ...restored, status: 'RUNNING', endTime: undefined });
    await writeLogged(context, run, problems);
    await copyArtifacts(context, target, problems);
    await context.restoration.run(restored);
  });
  if (!done) return;
  const fingerprint = problems.isWithheld ? undefined : run.fingerprint;
  await ledger.put('run', runId, { ...noted, fingerprint, problems: problems.list });
  counter.tally('runs', entry === undefined ? 'added' : 'updated');
}

/** Whether all came over in this state, artifacts too where they are wanted. */
export function isDone(
  entry: LedgerEntry | undefined,
  fingerprint: string | undefined,
  uri: string,
): boolean {
  if (entry?.fingerprint === undefined || entry.fingerprint !== fingerprint) return false;
  return entry.target === uri || !uri.startsWith('mlflow-artifacts:');
}

async function isThere({ stores }: ImportContext, runId: string): Promise<boolean> {
  try {
    await stores.tracking.runs.find(runId);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

async function writeLogged(context: ImportContext, run: SourceRun, problems: OwnProblems): Promise<void> {
  const { runId } = run.info;
  const what = `run ${runId}`;
  const { fitting, misfits } = partBatch({ params: run.params, tags: run.tags });
  for (const { kind, key, reason } of misfits) problems.tell({ what: `${what}, ${kind} '${key}'`, reason });
  for (const tags of chunks(fitting.tags, batchSize)) await context.restoration.log(runId, { tags });
  for (const params of chunks(fitting.params, batchSize)) {
    const whole = await succeeds(() => context.restoration.log(runId, { params }));
    for (const param of whole ? [] : params)
      await problems.attempt(`${what}, param '${param.key}'`, () =>
        context.restoration.log(runId, { params: [param] }),
      );
  }
  for (const key of run.metricKeys)
    await problems.attempt(`${what}, metric '${key}'`, () => writeHistory(context, { run, key, problems }));
  for (const dataset of run.inputs.datasets)
    await problems.attempt(`${what}, dataset '${dataset.dataset.name}'`, () =>
      context.restoration.inputs(runId, { datasets: [dataset] }),
    );
  if (run.inputs.models.length > 0)
    await problems.attempt(`${what}, input models`, () =>
      context.restoration.inputs(runId, { models: run.inputs.models }),
    );
  for (const output of run.outputs)
    await problems.attempt(`${what}, output model ${output.modelId}`, () =>
      context.restoration.outputs(runId, [output]),
    );
}

async function writeHistory(
  { source, restoration, counter, signal }: ImportContext,
  { run, key, problems }: { readonly run: SourceRun; readonly key: string; readonly problems: OwnProblems },
): Promise<void> {
  const { runId } = run.info;
  let misfitting = 0;
  let first = '';
  for await (const values of source.history(run, key, problems.tell))
    for (const metrics of chunks<Metric>(values, 1000)) {
      checkGoesOn(signal);
      const { fitting, misfits } = partBatch({ metrics });
      if (fitting.metrics.length > 0) await restoration.log(runId, { metrics: fitting.metrics });
      counter.points(fitting.metrics.length);
      misfitting += misfits.length;
      first ||= misfits[0]?.reason ?? '';
    }
  if (misfitting > 0)
    problems.tell({
      what: `run ${runId}, metric '${key}'`,
      reason: `${misfitting} values were left out: ${first}`,
    });
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    // Whatever it was shows again when the parts are tried one by one.
    return false;
  }
}

/** Parts of at most `size` items. */
export function* chunks<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
