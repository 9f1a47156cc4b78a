// One run of a folder: `meta.yaml`, and beside it `params/`, `tags/`, `metrics/`, `inputs/` and `outputs/`.
import { fingerprint } from '../../../../core/index.ts';
import {
  type DatasetInput,
  type ModelOutput,
  type RestoredRun,
  type RunStatus,
  runStatuses,
} from '../../../../tracking/index.ts';
import type { Tell } from '../problems.ts';
import type { SourceRun } from '../source/source.ts';
import { readKeyValues } from './key-values.ts';
import { type MetaFile, readMeta } from './meta-file.ts';
import { joined, type SafeFiles } from './safe-files.ts';

/** Bytes of a dataset's file: its profile may have 16 MiB. */
const datasetLimit = 40 << 20;

/** What is beside `meta.yaml` in a run. */
const known: ReadonlySet<string> = new Set([
  'meta.yaml',
  'params',
  'tags',
  'metrics',
  'artifacts',
  'inputs',
  'outputs',
]);

/** The run of a directory; told and undefined where its `meta.yaml` cannot be read or is another run's. */
export function readRunFolder(
  files: SafeFiles,
  directory: string,
  { experiment, tell }: { readonly experiment: string; readonly tell: Tell },
): SourceRun | undefined {
  const meta = readMeta(files, joined(directory, 'meta.yaml'), { tell });
  if (meta === undefined) return undefined;
  const runId = meta.text('run_id') ?? meta.text('run_uuid') ?? '';
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  if (runId !== name)
    return meta.refuse(`it is of the run '${runId}' and lies in the directory of '${name}'`);
  const what = `run ${runId}`;
  for (const entry of files.list(directory, tell) ?? [])
    if (!known.has(entry.name))
      tell({ what, where: joined(directory, entry.name), reason: 'it is nothing that MLflow writes' });
  const read = (part: string) => readKeyValues(files, joined(directory, part), { what, tell });
  const tags = read('tags');
  const info = readInfo(meta, { runId, experiment, tags });
  if (info === undefined) return undefined;
  const metricFiles = [...files.walk(joined(directory, 'metrics'), tell)];
  const run = { info, tags, params: read('params'), ...readLinks(files, directory, tell) };
  const marks = metricFiles.map((path) => [path, files.mark(path) ?? '']);
  return {
    ...run,
    place: directory,
    metricKeys: metricFiles.map((path) => path.slice(directory.length + '/metrics/'.length)),
    // A run that goes on is read each time.
    fingerprint: info.status === 'RUNNING' ? undefined : fingerprint({ ...run, marks }),
  };
}

function readInfo(
  meta: MetaFile,
  {
    runId,
    experiment,
    tags,
  }: { readonly runId: string; readonly experiment: string; readonly tags: SourceRun['tags'] },
): RestoredRun | undefined {
  const status = statusOf(meta.text('status'));
  if (status === undefined) return meta.refuse(`its status '${meta.text('status')}' is none of MLflow's`);
  const named = tags.find(({ key }) => key === 'mlflow.runName')?.value;
  return {
    runId,
    experimentId: experiment,
    name: meta.text('run_name') ?? named ?? meta.text('name') ?? '',
    userId: meta.text('user_id') ?? '',
    status,
    startTime: meta.integer('start_time') ?? 0,
    endTime: meta.integer('end_time'),
    artifactUri: meta.text('artifact_uri') ?? '',
    lifecycle: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    deletedAt: meta.integer('deleted_time'),
  };
}

/** MLflow writes the number of its enumeration, from 1 up in this order. */
function statusOf(text = '1'): RunStatus | undefined {
  return runStatuses[Number(text) - 1] ?? runStatuses.find((status) => status === text);
}

function readLinks(files: SafeFiles, run: string, tell: Tell): Pick<SourceRun, 'inputs' | 'outputs'> {
  const datasets: DatasetInput[] = [];
  const models: string[] = [];
  for (const meta of metasIn(files, joined(run, 'inputs'), tell)) {
    const id = meta.text('source_id') ?? '';
    if (meta.text('source_type') === 'MODEL') models.push(id);
    else {
      const dataset = readDatasetInput(files, { run, id, meta, tell });
      if (dataset !== undefined) datasets.push(dataset);
    }
  }
  const outputs: ModelOutput[] = [];
  for (const meta of metasIn(files, joined(run, 'outputs'), tell)) {
    const modelId = meta.text('destination_id');
    if (modelId === undefined) meta.refuse('it names no model');
    else outputs.push({ modelId, step: meta.integer('step') ?? 0 });
  }
  return { inputs: { datasets, models }, outputs };
}

function* metasIn(files: SafeFiles, directory: string, tell: Tell): Iterable<MetaFile> {
  for (const entry of files.list(directory, tell) ?? []) {
    const meta = readMeta(files, `${joined(directory, entry.name)}/meta.yaml`, { tell });
    if (meta !== undefined) yield meta;
  }
}

function readDatasetInput(
  files: SafeFiles,
  {
    run,
    id,
    meta,
    tell,
  }: { readonly run: string; readonly id: string; readonly meta: MetaFile; readonly tell: Tell },
): DatasetInput | undefined {
  if (!/^[\w-]+$/.test(id)) return meta.refuse(`it names the dataset '${id.slice(0, 40)}', which is no id`);
  const folder = run.slice(0, run.lastIndexOf('/'));
  const dataset = readMeta(files, `${folder}/datasets/${id}/meta.yaml`, { tell, limit: datasetLimit });
  if (dataset === undefined) return undefined;
  return {
    dataset: {
      name: dataset.text('name') ?? '',
      digest: dataset.text('digest') ?? '',
      sourceType: dataset.text('source_type') ?? '',
      source: dataset.text('source') ?? '',
      schema: dataset.text('schema'),
      profile: dataset.text('profile'),
    },
    tags: Object.entries(meta.record('tags')).map(([key, value]) => ({ key, value })),
  };
}
