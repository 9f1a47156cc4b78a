// Runs of the stores on this machine.
import { existsSync } from 'node:fs';
import { artifactPath } from '../../../store/index.ts';
import type {
  Experiment,
  HistoryRequest,
  Metric,
  Page,
  Run,
  RunInfo,
  RunQuery,
} from '../../../tracking/index.ts';
import { artifactPlace, localDirectory } from '../../artifact-place.ts';
import type { Stores } from '../../stores.ts';
import { allOf } from './pages.ts';
import type { ArtifactEntry, RunSource } from './run-source.ts';

/** Runs in open stores, which are closed with the source. */
export function storeSource(stores: Stores): RunSource {
  return new StoreSource(stores);
}

class StoreSource implements RunSource {
  readonly #stores: Stores;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  get description(): string {
    return this.#stores.database.description;
  }

  experiments(): Promise<readonly Experiment[]> {
    return allOf((token) =>
      this.#stores.tracking.experimentSearch.page({
        view: 'all',
        maxResults: 10_000,
        ...(token && { pageToken: token }),
      }),
    );
  }

  search(query: RunQuery): Promise<Page<Run>> {
    return this.#stores.tracking.runSearch.page(query);
  }

  get(runId: string): Promise<Run> {
    return this.#stores.tracking.runs.get(runId);
  }

  async history(runId: string, request: HistoryRequest): Promise<Page<Metric>> {
    const { runs, history } = this.#stores.tracking;
    return history.page((await runs.find(runId)).id, request);
  }

  async artifacts({ artifactUri }: RunInfo, folder?: string): Promise<readonly ArtifactEntry[]> {
    const directory = localDirectory(artifactUri);
    // Opening a directory would make it.
    if (directory !== undefined && !existsSync(directory)) return [];
    const { store, folder: root } = await artifactPlace(artifactUri, this.#stores.artifacts);
    const path = [root, folder].filter((part) => part !== undefined).join('/');
    const entries = await store.list(path === '' ? undefined : artifactPath(path));
    const start = root === undefined ? 0 : root.length + 1;
    return entries.map((entry) => ({ ...entry, path: entry.path.slice(start) }));
  }

  deleteRun(runId: string): Promise<void> {
    return this.#stores.tracking.runs.delete(runId);
  }

  restoreRun(runId: string): Promise<void> {
    return this.#stores.tracking.runs.restore(runId);
  }

  deleteExperiment(experimentId: string): Promise<void> {
    return this.#stores.tracking.experiments.delete(experimentId);
  }

  restoreExperiment(experimentId: string): Promise<void> {
    return this.#stores.tracking.experiments.restore(experimentId);
  }

  close(): Promise<void> {
    return this.#stores.close();
  }
}
