// Logged models and registered models of a folder.
import { fingerprint } from '../../../../core/index.ts';
import { registrationStatuses } from '../../../../registry/index.ts';
import { type LoggedModelStatus, loggedModelStatuses } from '../../../../tracking/index.ts';
import type { Tell } from '../problems.ts';
import type { SourceLoggedModel, SourceModel, SourceVersion } from '../source/source.ts';
import { readKeyValues } from './key-values.ts';
import { readMeta } from './meta-file.ts';
import { joined, type SafeFiles } from './safe-files.ts';

/** MLflow's word for the stage of a deleted version. */
const deletedStage = 'Deleted_Internal';

/** The logged model of a directory. */
export function readLoggedModel(
  files: SafeFiles,
  directory: string,
  { experiment, tell }: { readonly experiment: string; readonly tell: Tell },
): SourceLoggedModel | undefined {
  const meta = readMeta(files, joined(directory, 'meta.yaml'), { tell });
  if (meta === undefined) return undefined;
  const modelId = meta.text('model_id') ?? '';
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  if (modelId !== name)
    return meta.refuse(`it is of the model '${modelId}' and lies in the directory of '${name}'`);
  const what = `logged model ${modelId}`;
  const read = (part: string) => readKeyValues(files, joined(directory, part), { what, tell });
  const model = {
    modelId,
    experimentId: experiment,
    name: meta.text('name') ?? '',
    artifactUri: meta.text('artifact_location') ?? '',
    createdAt: meta.integer('creation_timestamp') ?? 0,
    updatedAt: meta.integer('last_updated_timestamp') ?? 0,
    status: loggedModelStatus(meta.text('status')),
    modelType: meta.text('model_type') ?? '',
    sourceRunId: meta.text('source_run_id') ?? '',
    lifecycle: meta.text('lifecycle_stage') === 'deleted' ? ('deleted' as const) : ('active' as const),
    params: read('params'),
    tags: read('tags'),
  };
  const marks = [...files.walk(joined(directory, 'metrics'), tell)].map((path) => [
    path,
    files.mark(path) ?? '',
  ]);
  return { ...model, place: directory, fingerprint: fingerprint({ ...model, marks }) };
}

/** MLflow writes the number of its enumeration, from 1 up in this order. */
function loggedModelStatus(text = '1'): LoggedModelStatus {
  return loggedModelStatuses[Number(text) - 1] ?? 'PENDING';
}

/** The registered model of a directory. */
export function readRegisteredModel(
  files: SafeFiles,
  directory: string,
  tell: Tell,
): SourceModel | undefined {
  const meta = readMeta(files, joined(directory, 'meta.yaml'), { tell });
  if (meta === undefined) return undefined;
  const name = meta.text('name');
  if (name === undefined) return meta.refuse('it names no model');
  const what = `registered model '${name}'`;
  const read = (part: string) => readKeyValues(files, joined(directory, part), { what, tell });
  const numbers = versionDirectories(files, directory, tell).map(({ version }) => version);
  return {
    name,
    place: directory,
    description: meta.text('description'),
    createdAt: meta.integer('creation_timestamp') ?? 0,
    updatedAt: meta.integer('last_updated_timestamp') ?? 0,
    tags: read('tags'),
    aliases: read('aliases').map(({ key, value }) => ({ alias: key, version: Number(value) })),
    lastVersion: Math.max(0, ...numbers),
  };
}

/** The versions of a registered model that are not deleted, by their numbers. */
export function* readVersions(files: SafeFiles, model: SourceModel, tell: Tell): Iterable<SourceVersion> {
  for (const { version, directory } of versionDirectories(files, model.place, tell)) {
    const meta = readMeta(files, joined(directory, 'meta.yaml'), { tell });
    if (meta === undefined || meta.text('current_stage') === deletedStage) continue;
    const what = `registered model '${model.name}' version ${version}`;
    yield {
      version,
      description: meta.text('description'),
      createdAt: meta.integer('creation_timestamp') ?? 0,
      updatedAt: meta.integer('last_updated_timestamp') ?? 0,
      stage: meta.text('current_stage') ?? 'None',
      source: meta.text('source') ?? '',
      runId: meta.text('run_id'),
      runLink: meta.text('run_link'),
      loggedModelId: meta.text('model_id'),
      status: registrationStatuses.find((status) => status === meta.text('status')) ?? 'READY',
      statusMessage: meta.text('status_message'),
      tags: readKeyValues(files, joined(directory, 'tags'), { what, tell }),
    };
  }
}

function versionDirectories(files: SafeFiles, directory: string, tell: Tell) {
  return (files.list(directory, tell) ?? [])
    .flatMap(({ name }) => {
      const [, number] = /^version-(\d{1,15})$/.exec(name) ?? [];
      return number === undefined ? [] : [{ version: Number(number), directory: joined(directory, name) }];
    })
    .sort((a, b) => a.version - b.version);
}
