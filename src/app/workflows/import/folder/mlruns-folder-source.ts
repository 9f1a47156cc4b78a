// The history in an `mlruns` folder, as MLflow's file store writes it.
import { realpathSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fileError, InputError, isSystemError } from '../../../../core/index.ts';
import type { LoggedModelMetric, Metric } from '../../../../tracking/index.ts';
import type { Problem, Tell } from '../problems.ts';
import type {
  Source,
  SourceArtifacts,
  SourceExperiment,
  SourceFile,
  SourceLoggedModel,
  SourceModel,
  SourceRun,
  SourceVersion,
} from '../source/source.ts';
import { readKeyValues } from './key-values.ts';
import { readMeta } from './meta-file.ts';
import { metricLines } from './metric-lines.ts';
import { readLoggedModel, readRegisteredModel, readVersions } from './model-folder.ts';
import { readRunFolder } from './run-folder.ts';
import { joined, reasonOf, SafeFiles } from './safe-files.ts';

/** Directories of an experiment that are no runs. */
const notRuns: ReadonlySet<string> = new Set(['tags', 'datasets', 'models', 'traces']);
/** Where registered models and deleted experiments are. */
const notExperiments: ReadonlySet<string> = new Set(['models', '.trash']);

/** The history in a folder. @throws InputError for a folder that holds no experiments */
export function mlrunsFolderSource(directory: string): Source {
  let root: string;
  try {
    root = realpathSync(directory.startsWith('file:') ? fileURLToPath(directory) : directory);
    if (!statSync(root).isDirectory())
      throw new InputError(
        `Cannot import from '${directory}': it is no folder; give an mlruns folder or a URL`,
      );
  } catch (error) {
    throw fileError(`Cannot import from '${directory}'`, error);
  }
  const source = new MlrunsFolderSource(root);
  if (!source.hasExperiments())
    throw new InputError(
      `Cannot import from '${directory}': no experiment of MLflow's file store is in it; give the folder that holds the experiments, mostly called 'mlruns'`,
    );
  return source;
}

class MlrunsFolderSource implements Source {
  readonly name: string;
  readonly #files: SafeFiles;

  constructor(root: string) {
    this.#files = new SafeFiles(root);
    this.name = pathToFileURL(root).href;
  }

  hasExperiments(): boolean {
    const silent: Tell = () => undefined;
    const has = (parent: string) =>
      (this.#files.list(parent, silent) ?? []).some(
        ({ name }) => this.#files.mark(joined(joined(parent, name), 'meta.yaml')) !== undefined,
      );
    return has('') || has('.trash') || has('models');
  }

  async *experiments(tell: Tell): AsyncIterable<SourceExperiment> {
    for (const parent of ['', '.trash'])
      for (const entry of this.#files.list(parent, tell) ?? []) {
        if (parent === '' && notExperiments.has(entry.name)) continue;
        const place = joined(parent, entry.name);
        const experiment = entry.isDirectory() ? this.#experiment(place, tell) : unknownFile(place, tell);
        if (experiment !== undefined) yield experiment;
      }
  }

  async *runs({ id, place }: SourceExperiment, tell: Tell): AsyncIterable<SourceRun> {
    for (const entry of this.#files.list(place, tell) ?? []) {
      if (notRuns.has(entry.name) || entry.name === 'meta.yaml') continue;
      const directory = joined(place, entry.name);
      const run = entry.isDirectory()
        ? readRunFolder(this.#files, directory, { experiment: id, tell })
        : unknownFile(directory, tell);
      if (run !== undefined) yield run;
    }
  }

  async *history({ place, info }: SourceRun, key: string, tell: Tell): AsyncIterable<readonly Metric[]> {
    const what = `run ${info.runId}, metric '${key}'`;
    for await (const lines of this.#lines(`${place}/metrics/${key}`, what, tell))
      yield lines.map(({ timestamp, value, step }) => ({ key, value, timestamp, step }));
  }

  async *loggedModels({ id, place }: SourceExperiment, tell: Tell): AsyncIterable<SourceLoggedModel> {
    for (const entry of this.#files.list(joined(place, 'models'), tell) ?? []) {
      const directory = `${place}/models/${entry.name}`;
      const model = entry.isDirectory()
        ? readLoggedModel(this.#files, directory, { experiment: id, tell })
        : unknownFile(directory, tell);
      if (model !== undefined) yield model;
    }
  }

  async *modelMetrics(
    { modelId, place }: SourceLoggedModel,
    tell: Tell,
  ): AsyncIterable<readonly LoggedModelMetric[]> {
    const directory = `${place}/metrics`;
    for (const path of this.#files.walk(directory, tell)) {
      const key = path.slice(directory.length + 1);
      for await (const lines of this.#lines(path, `logged model ${modelId}, metric '${key}'`, tell))
        yield lines.map(({ rest: [runId = '', ...dataset], ...point }) => ({
          ...point,
          key,
          modelId,
          runId,
          // A dataset's name may have spaces, its digest has none.
          ...(dataset.length < 2
            ? {}
            : { datasetName: dataset.slice(0, -1).join(' '), datasetDigest: dataset.at(-1) }),
        }));
    }
  }

  async *models(tell: Tell): AsyncIterable<SourceModel> {
    for (const entry of this.#files.list('models', tell) ?? []) {
      const place = `models/${entry.name}`;
      const model = entry.isDirectory()
        ? readRegisteredModel(this.#files, place, tell)
        : unknownFile(place, tell);
      if (model !== undefined) yield model;
    }
  }

  async *versions(model: SourceModel, tell: Tell): AsyncIterable<SourceVersion> {
    yield* readVersions(this.#files, model, tell);
  }

  artifacts(
    { artifactUri, place }: { readonly artifactUri: string; readonly place: string },
    tell: Tell,
  ): SourceArtifacts {
    const directory = `${place}/artifacts`;
    // A folder that was moved tells of its former place, which ends as this one does.
    const ending = `/${directory.replace(/^\.trash\//, '')}`;
    const isHere = artifactUri === '' || decoded(artifactUri).replace(/\/+$/, '').endsWith(ending);
    if (isHere) return { files: this.#artifactFiles(directory, tell) };
    const isLocal = /^(file:|[^:]*$)/i.test(artifactUri);
    return {
      files: undefined,
      reason: isLocal
        ? `they lie outside of the folder, at '${artifactUri}', and were not copied`
        : undefined,
    };
  }

  async leftBehind({ place }: SourceExperiment): Promise<readonly string[]> {
    const count = (this.#files.list(`${place}/traces`, () => undefined) ?? []).length;
    return count === 0 ? [] : [`${count} traces do not come over`];
  }

  remoteUri(artifactUri: string): string {
    return artifactUri;
  }

  close(): void {
    // Every file is closed when it was read.
  }

  #experiment(place: string, tell: Tell): SourceExperiment | undefined {
    const meta = readMeta(this.#files, `${place}/meta.yaml`, { tell });
    if (meta === undefined) return undefined;
    const [id, name] = [meta.text('experiment_id'), meta.text('name')];
    if (id === undefined || name === undefined) return meta.refuse('it has no experiment_id or no name');
    return {
      id,
      name,
      place,
      artifactLocation: meta.text('artifact_location') ?? '',
      lifecycle: place.startsWith('.trash/') ? 'deleted' : 'active',
      createdAt: meta.integer('creation_time') ?? 0,
      updatedAt: meta.integer('last_update_time') ?? 0,
      tags: readKeyValues(this.#files, `${place}/tags`, { what: `experiment '${name}'`, tell }),
    };
  }

  async *#lines(path: string, what: string, tell: Tell) {
    const named = (problem: Problem) => tell({ ...problem, what });
    try {
      yield* metricLines(this.#files.bytes(path), { path, tell: named });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      named({ what, where: path, reason: reasonOf(error.code) });
    }
  }

  async *#artifactFiles(directory: string, tell: Tell): AsyncIterable<SourceFile> {
    for (const path of this.#files.walk(directory, tell))
      yield {
        path: path.slice(directory.length + 1),
        size: this.#files.size(path),
        open: () => this.#files.bytes(path, 1 << 20),
      };
  }
}

/** What the system or a person left there is told, unless everybody knows it. */
function unknownFile(where: string, tell: Tell): undefined {
  if (!/(^|\/)(\.DS_Store|\.gitignore|Thumbs\.db|desktop\.ini)$/.test(where))
    tell({ what: 'file', where, reason: 'it is nothing that MLflow writes' });
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
