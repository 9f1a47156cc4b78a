// Everything about one run.
import type { Experiment, Run } from '../../../tracking/index.ts';
import { type ArtifactTree, listArtifacts } from './artifact-tree.ts';
import { findRun } from './find-runs.ts';
import { type MetricSummary, summarizeMetric } from './metric-summary.ts';
import type { RunSource } from './run-source.ts';

export type RunDetails = {
  readonly run: Run;
  /** Undefined where the server does not tell. */
  readonly experiment: Experiment | undefined;
  readonly metrics: readonly MetricSummary[];
  readonly artifacts: ArtifactTree;
  /** Undefined where it has none or the parent is gone. */
  readonly parent: Run | undefined;
  /** The 100 newest. */
  readonly children: readonly Run[];
};

/** The tag by which MLflow nests runs. */
export const parentTag = 'mlflow.parentRunId';

const mostChildren = 100;
const mostArtifacts = 200;

/** @throws NotFoundError and InputError as {@link findRun} */
export async function showRun(source: RunSource, name: string): Promise<RunDetails> {
  const run = await findRun(source, name);
  const { runId, experimentId } = run.info;
  const experiment = (await source.experiments()).find(({ id }) => id === experimentId);
  const byKey = run.metrics.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const metrics: MetricSummary[] = [];
  for (const metric of byKey) metrics.push(await summarizeMetric(source, runId, metric));
  const children = await source.search({
    experimentIds: [experimentId],
    filter: `tags.\`${parentTag}\` = '${runId}'`,
    maxResults: mostChildren,
  });
  return {
    run,
    experiment,
    metrics,
    artifacts: await listArtifacts(source, run.info, mostArtifacts),
    parent: await parentOf(source, run),
    children: children.items,
  };
}

async function parentOf(source: RunSource, { tags }: Run): Promise<Run | undefined> {
  const id = tags.find(({ key }) => key === parentTag)?.value;
  return id === undefined ? undefined : source.get(id).catch(() => undefined);
}
