// Puts what a job has trained into the catalogue of models, and into the registry where that was asked for.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, NotFoundError } from '../../../core/index.ts';
import type { Job } from '../../../jobs/index.ts';
import { artifactPath } from '../../../store/index.ts';
import { artifactPlace } from '../../artifact-place.ts';
import type { ConfirmOptions, JobContext } from '../../job-process/index.ts';
import { storeDirectory } from '../../models/index.ts';
import { mergeModel } from '../merge/index.ts';
import type { RecordedTraining } from '../train/index.ts';
import type { FineTuneServices } from './services.ts';
import type { StartingModel } from './starting-model.ts';

export type PublisherOptions = {
  readonly services: FineTuneServices;
  readonly context: Pick<JobContext, 'confirm' | 'directory'>;
  readonly job: Job;
  readonly start: StartingModel;
};

/** Publishes for one job. */
export class ModelPublisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** @param directory of the adapter or the model that was trained */
  async publish(
    directory: string,
    { id, kind }: { readonly id: string; readonly kind: 'tuned' | 'checkpoint' },
  ): Promise<void> {
    const { services, context, job, start } = this.#options;
    const whole = await this.whole(directory);
    await context.confirm();
    const { base } = start;
    await services.catalogue.publish({ id, kind, base, owner: job.owner, jobId: job.id, directory: whole });
  }

  /** Resolves when all that was told is kept and the job is this process's still. */
  confirm(options?: ConfirmOptions): Promise<void> {
    return this.#options.context.confirm(options);
  }

  /** Takes a model of the job out again. */
  async withdraw(id: string): Promise<void> {
    const { services, job } = this.#options;
    await services.catalogue.delete(id, { owner: job.owner }).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  /**
   * Registers the final model as a new version; an earlier start of the job may have done so.
   * @param directory as in `publish`
   */
  async register(
    name: string,
    {
      directory,
      runId,
      record,
    }: { readonly directory: string; readonly runId: string; readonly record: RecordedTraining | null },
  ): Promise<void> {
    const { services, context, job } = this.#options;
    const { registry, tracking, artifacts } = services.stores;
    await context.confirm();
    await registry.models.create(name).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
    const versions = await registry.versions.list(name);
    if (versions.some((version) => version.runId === runId)) return;
    const { artifactUri } = await tracking.runs.info(runId);
    const isRecorded = record?.isComplete === true && record.refused === 0 && !this.#options.start.joins;
    const folder = isRecorded ? 'model' : 'registered-model';
    if (!isRecorded) {
      const { store, folder: root } = await artifactPlace(artifactUri, artifacts);
      const path = artifactPath([root, folder].filter(Boolean).join('/'));
      await storeDirectory(await this.whole(directory), { store, folder: path });
    }
    const source = `${artifactUri.replace(/\/+$/, '')}/${folder}`;
    await registry.versions.create(name, { source, runId, tags: [{ key: 'hone.job_id', value: job.id }] });
  }

  /** What others can load: the adapter, or the model that it was joined to where nobody would find that one. */
  async whole(directory: string): Promise<string> {
    const { start, context } = this.#options;
    if (!start.joins) return directory;
    const output = join(context.directory, 'joined');
    await rm(output, { recursive: true, force: true });
    await mergeModel({ adapter: directory, model: start.directory, output });
    return output;
  }
}
