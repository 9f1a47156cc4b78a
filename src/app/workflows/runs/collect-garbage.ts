// Deletes for good what was deleted: rows first, each run's in one transaction, then the files that they named.
import { NotFoundError, StateError } from '../../../core/index.ts';
import type { PurgeCounts, PurgeScope } from '../../../tracking/index.ts';
import type { Stores } from '../../stores.ts';
import { deleteTargets, findTargets, type Targets } from './delete-runs.ts';
import { measureFiles, removeFiles } from './purged-files.ts';
import { type NeededBy, registeredFiles } from './registered-files.ts';
import { storeSource } from './store-source.ts';

export type GarbageRequest = PurgeScope & {
  readonly signal?: AbortSignal;
  /** Hears how many runs and logged models are gone so far. */
  readonly onPurged?: (count: number) => void;
};

/** Something that stayed, and why. */
export type Kept = { readonly what: string; readonly why: string };

/** What would go. */
export type GarbagePreview = {
  readonly rows: PurgeCounts;
  readonly files: number;
  readonly bytes: number;
  readonly runs: readonly { readonly runId: string; readonly name: string }[];
  /** Names. */
  readonly experiments: readonly string[];
  readonly kept: readonly Kept[];
};

/** What went. */
export type GarbageReport = {
  readonly runs: number;
  readonly loggedModels: number;
  /** Names, which are free again. */
  readonly experiments: readonly string[];
  readonly kept: readonly Kept[];
  /** URIs of files that others may share, or that lie on a server. */
  readonly left: readonly string[];
  /** Files that could not be removed; the next time tries again. */
  readonly failed: readonly { readonly uri: string; readonly reason: string }[];
  /** Whether it was stopped before its end. */
  readonly isInterrupted: boolean;
};

/** Tells what {@link collectGarbage} would do. `rows` counts what is kept for the registry's sake too. */
export async function previewGarbage(stores: Stores, scope: PurgeScope): Promise<GarbagePreview> {
  const { purge } = stores.tracking;
  const needs = await registeredFiles(stores.registry);
  const total = { files: 0, bytes: 0 };
  const kept: Kept[] = [];
  const runs: { runId: string; name: string }[] = [];
  const look = async (owner: string, uri: string, what: string): Promise<boolean> => {
    const version = needs(owner);
    if (version !== undefined) {
      kept.push(keptFor(what, version));
      return false;
    }
    const { files, bytes } = await measureFiles({ owner, uri }, stores.artifacts);
    total.files += files;
    total.bytes += bytes;
    return true;
  };
  for await (const { runId, name, artifactUri } of purge.runs(scope))
    if (await look(runId, artifactUri, `run ${runId}`)) runs.push({ runId, name });
  for await (const { modelId, artifactUri } of purge.loggedModels(scope))
    await look(modelId, artifactUri, `logged model ${modelId}`);
  const experiments = (await purge.experiments(scope)).map(({ name }) => name);
  return { rows: await purge.count(scope), ...total, runs, experiments, kept };
}

/** Deletes for good; may be stopped or killed at any time and started again. */
export async function collectGarbage(stores: Stores, request: GarbageRequest = {}): Promise<GarbageReport> {
  const collection = new Collection(stores, request, await registeredFiles(stores.registry));
  await collection.removePendingFiles();
  await collection.purgeRuns();
  await collection.purgeModels();
  await collection.purgeExperiments();
  return collection.report;
}

/** Deletes runs for good, whether they were deleted before or not. @throws StateError for one that the registry needs */
export async function deleteForGood(
  stores: Stores,
  names: readonly string[],
): Promise<GarbageReport & { readonly targets: Targets }> {
  const source = storeSource(stores);
  const targets = await findTargets(source, { runs: names });
  const runIds = targets.runs.map(({ info }) => info.runId);
  const needs = await registeredFiles(stores.registry);
  for (const runId of runIds) {
    const version = needs(runId);
    if (version !== undefined)
      throw new StateError(
        `Cannot delete the run ${runId} for good: ${version} was registered from it; delete that version first`,
      );
  }
  await deleteTargets(source, targets);
  const collection = new Collection(stores, {}, needs);
  await collection.purge(runIds);
  return { ...collection.report, targets };
}

/** Runs that are deleted before one may stop. */
const batchSize = 32;

class Collection {
  readonly #stores: Stores;
  readonly #request: GarbageRequest;
  readonly #needs: NeededBy;
  readonly #kept: Kept[] = [];
  readonly #left: string[] = [];
  readonly #failed: { readonly uri: string; readonly reason: string }[] = [];
  readonly #experiments: string[] = [];
  #runs = 0;
  #loggedModels = 0;

  constructor(stores: Stores, request: GarbageRequest, needs: NeededBy) {
    this.#stores = stores;
    this.#request = request;
    this.#needs = needs;
  }

  get report(): GarbageReport {
    return {
      runs: this.#runs,
      loggedModels: this.#loggedModels,
      experiments: this.#experiments,
      kept: this.#kept,
      left: this.#left,
      failed: this.#failed,
      isInterrupted: this.#isStopped,
    };
  }

  get #isStopped(): boolean {
    return this.#request.signal?.aborted ?? false;
  }

  async purgeRuns(): Promise<void> {
    const { purge } = this.#stores.tracking;
    for await (const batch of batchesOf(purge.runs(this.#request))) {
      if (this.#isStopped) return;
      const runIds = batch.map(({ runId }) => runId);
      await this.purge(runIds.filter((runId) => !this.#isNeeded(runId, `run ${runId}`)));
    }
  }

  /** Deletes runs for good. Transactions that come together share a flush of the disk. */
  async purge(runIds: readonly string[]): Promise<void> {
    const { purge } = this.#stores.tracking;
    const done = await Promise.all(runIds.map((runId) => isDone(purge.run(runId))));
    this.#runs += done.filter(Boolean).length;
    await this.#afterRows();
  }

  async purgeModels(): Promise<void> {
    const { purge } = this.#stores.tracking;
    for await (const batch of batchesOf(purge.loggedModels(this.#request))) {
      if (this.#isStopped) return;
      const modelIds = batch.map(({ modelId }) => modelId);
      const doomed = modelIds.filter((modelId) => !this.#isNeeded(modelId, `logged model ${modelId}`));
      const done = await Promise.all(doomed.map((modelId) => isDone(purge.loggedModel(modelId))));
      this.#loggedModels += done.filter(Boolean).length;
      await this.#afterRows();
    }
  }

  async purgeExperiments(): Promise<void> {
    const { purge } = this.#stores.tracking;
    for (const { id, name } of await purge.experiments(this.#request)) {
      if (this.#isStopped) return;
      try {
        await purge.experiment(id);
        this.#experiments.push(name);
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        this.#kept.push({ what: `experiment '${name}'`, why: error.message });
      }
    }
  }

  /** Removes the files that the database no longer knows; what fails stays noted. */
  async removePendingFiles(): Promise<void> {
    const { purge } = this.#stores.tracking;
    const known = new Set(this.#failed.map(({ uri }) => uri));
    for (let after = 0; !this.#isStopped; ) {
      const pending = await purge.pendingArtifacts({ after });
      const done: number[] = [];
      for (const files of pending) {
        after = files.id;
        if (known.has(files.uri)) continue;
        const removal = await removeFiles(files, this.#stores.artifacts);
        if (removal.outcome === 'failed') this.#failed.push({ uri: files.uri, reason: removal.reason });
        else done.push(files.id);
        if (removal.outcome === 'left') this.#left.push(files.uri);
      }
      await purge.artifactsRemoved(done);
      if (pending.length === 0) return;
    }
  }

  #isNeeded(owner: string, what: string): boolean {
    const version = this.#needs(owner);
    if (version !== undefined) this.#kept.push(keptFor(what, version));
    return version !== undefined;
  }

  async #afterRows(): Promise<void> {
    await this.removePendingFiles();
    this.#request.onPurged?.(this.#runs + this.#loggedModels);
  }
}

function keptFor(what: string, version: string): Kept {
  return { what, why: `${version} was registered from it; delete that version first` };
}

async function* batchesOf<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Whether something was deleted; not where somebody restored or deleted it meanwhile. */
async function isDone(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (error instanceof StateError || error instanceof NotFoundError) return false;
    throw error;
  }
}
