// Records runs in tracking and artifacts of this process, without HTTP.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ConflictError, fileError, InputError, NotFoundError, StateError } from '../../core/index.ts';
import { artifactPath, type BlobStore, openBlobStore } from '../../store/index.ts';
import type { DatasetInput } from '../inputs/index.ts';
import type { Batch } from '../run-log.ts';
import type { Tracking } from '../tracking.ts';
import { type RecordedRun, type RecordedStatus, type RunTarget, runKeyTag } from './run-target.ts';
import { splitBatch } from './split-batch.ts';

/** What {@link storeTarget} records in. */
export type StoreTargetOptions = {
  readonly tracking: Tracking;
  /** Holds what lies under `mlflow-artifacts:`. */
  readonly artifacts: BlobStore;
  /** In messages: where that is. */
  readonly description: string;
  /** Closes what was opened for the target. */
  readonly close?: () => Promise<void>;
};

/** A target in this process. A run's key is its id. */
export function storeTarget(options: StoreTargetOptions): RunTarget {
  return new StoreTarget(options);
}

class StoreTarget implements RunTarget {
  readonly description: string;
  readonly #options: StoreTargetOptions;

  constructor(options: StoreTargetOptions) {
    this.description = options.description;
    this.#options = options;
  }

  async ensureExperiment(name: string): Promise<string> {
    const { experiments } = this.#options.tracking;
    const known = await experiments.getByName(name);
    if (known?.lifecycle === 'active') return known.id;
    if (known !== undefined)
      throw new StateError(
        `Cannot record in experiment '${name}': it is deleted; restore it or choose another by tracking.experiment`,
      );
    try {
      return await experiments.create({ name });
    } catch (error) {
      // Another process came first
      if (error instanceof ConflictError) return this.ensureExperiment(name);
      throw error;
    }
  }

  async createRun({ key, experimentId, name, userId, startTime, tags }: RecordedRun): Promise<string> {
    const { runs } = this.#options.tracking;
    try {
      return (await runs.info(key)).runId;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    const marked = [...tags, { key: runKeyTag, value: key }];
    const run = await runs.create({ runId: key, experimentId, name, userId, startTime, tags: marked });
    return run.info.runId;
  }

  async logBatch(runId: string, batch: Batch): Promise<void> {
    for (const part of splitBatch(batch)) await this.#options.tracking.log.batch(runId, part);
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    await this.#options.tracking.inputs.log(runId, { datasets });
  }

  async update(runId: string, { status, endTime }: RecordedStatus): Promise<void> {
    await this.#options.tracking.runs.update(runId, { status, ...(endTime !== undefined && { endTime }) });
  }

  async uploadArtifact(
    runId: string,
    { path, file }: { readonly path: string; readonly file: string },
    onBytes?: (bytes: number) => void,
  ): Promise<void> {
    const { size } = await fileSize(file);
    const { artifactUri } = await this.#options.tracking.runs.info(runId);
    const { store, folder } = await this.#placeOf(artifactUri);
    await store.write(artifactPath(`${folder}${path}`), readFile(file, onBytes), { size });
  }

  /** Under `mlflow-artifacts:` lies what the server hands on; other places are opened themselves. */
  async #placeOf(artifactUri: string): Promise<{ readonly store: BlobStore; readonly folder: string }> {
    const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.+)$/.exec(artifactUri)?.[1];
    if (proxied !== undefined) return { store: this.#options.artifacts, folder: `${proxied}/` };
    return { store: await openBlobStore(artifactUri), folder: '' };
  }

  async close(): Promise<void> {
    await this.#options.close?.();
  }
}

/** @throws InputError where there is no such file */
export async function fileSize(file: string): Promise<{ readonly size: number }> {
  try {
    const info = await stat(file);
    if (info.isFile()) return info;
  } catch (error) {
    throw fileError(`Cannot record the file '${file}'`, error);
  }
  throw new InputError(`Cannot record '${file}': it is no file; choose one`);
}

/** The bytes of a file, which must not change meanwhile. */
export async function* readFile(file: string, onBytes?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 18 })) {
    yield chunk;
    bytes += chunk.length;
    onBytes?.(bytes);
  }
}
