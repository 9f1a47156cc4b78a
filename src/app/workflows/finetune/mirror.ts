// Copies of a running job's checkpoints in the blob store, so that another machine can go on from them.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isSystemError, NotFoundError, replaceDirectoryAtomic } from '../../../core/index.ts';
import { artifactPath, type BlobStore } from '../../../store/index.ts';
import { checkpointSteps } from '../../../training/index.ts';
import { fetchFolder, storeDirectory } from '../../models/index.ts';
import type { JobPaths } from './job-directory.ts';

/** What `newest.json` says: written last, so that all that it names is there. */
type Newest = { readonly step: number };

const newestFile = 'newest.json';
/** Parts of a run's directory that are not small, or another process's. */
const leftOut = /^(checkpoints|final)(\/|$)|\.lock$|\.tmp/;

/** The copies of one job. */
export class CheckpointMirror {
  readonly #store: BlobStore;
  readonly #jobId: string;
  readonly #paths: JobPaths;

  constructor(store: BlobStore, { jobId, paths }: { readonly jobId: string; readonly paths: JobPaths }) {
    this.#store = store;
    this.#jobId = jobId;
    this.#paths = paths;
  }

  /** Copies a checkpoint with the run's records, unless that was done, then removes the copy before it. */
  async save(step: number): Promise<void> {
    const before = await this.#newest();
    if (before?.step === step) return;
    await storeDirectory(join(this.#paths.checkpoints, `step-${step}`), {
      store: this.#store,
      folder: this.#path(`step-${step}/checkpoint`),
    });
    await this.#saveRecords(step);
    await this.#store.write(this.#path(newestFile), Buffer.from(JSON.stringify({ step } satisfies Newest)));
    if (before !== undefined) await this.#remove(`step-${before.step}`);
  }

  /** Brings the newest copy here, unless this machine has one as new. */
  async restore(): Promise<void> {
    const newest = await this.#newest();
    if (newest === undefined || newest.step <= (await this.#stepHere())) return;
    const { run, checkpoints } = this.#paths;
    const folder = (part: string) => this.#path(`step-${newest.step}/${part}`);
    await fetchFolder({ store: this.#store, folder: folder('run') }, run);
    await replaceDirectoryAtomic(join(checkpoints, `step-${newest.step}`), async (temporary) => {
      await fetchFolder({ store: this.#store, folder: folder('checkpoint') }, temporary);
    });
  }

  /** They grow while they are read: each is taken as it stands. */
  async #saveRecords(step: number): Promise<void> {
    const entries = await readdir(this.#paths.run, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const file = join(entry.parentPath, entry.name);
      const name = relative(this.#paths.run, file).split(sep).join('/');
      if (!entry.isFile() || leftOut.test(name)) continue;
      const bytes = await readFile(file).catch((error: unknown) => {
        if (isSystemError(error) && error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (bytes !== undefined) await this.#store.write(this.#path(`step-${step}/run/${name}`), bytes);
    }
  }

  async #newest(): Promise<Newest | undefined> {
    try {
      const { stream } = await this.#store.read(this.#path(newestFile));
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      const newest: Newest = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      return newest;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async #stepHere(): Promise<number> {
    const steps = await checkpointSteps(this.#paths.checkpoints).catch(() => []);
    return steps.at(-1) ?? 0;
  }

  async #remove(name: string): Promise<void> {
    await this.#store.delete(this.#path(name)).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  #path(name: string) {
    return artifactPath(`${this.#jobId}/${name}`);
  }
}
