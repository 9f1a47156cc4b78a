// Where a run is recorded, whatever is there: a store in this process, or a server.
import type { RunStatus, Tag } from '../entities.ts';
import type { DatasetInput } from '../inputs/index.ts';
import type { Batch } from '../run-log.ts';

/** The tag by which a run is known to the program that records it, before the tracker has given it an id. */
export const runKeyTag = 'hone.run_key';

/** A run to be made. */
export type RecordedRun = {
  /** As {@link RunTarget.ensureExperiment} told it. */
  readonly experimentId: string;
  /** 32 hexadecimal digits that no other run has. */
  readonly key: string;
  readonly name: string;
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly tags: readonly Tag[];
};

/** How a run stands; times are milliseconds since 1970. */
export type RecordedStatus = { readonly status: RunStatus; readonly endTime?: number | undefined };

/**
 * Where a run is recorded. Everything may be said again: a second time changes nothing.
 *
 * Errors: InputError when the target refuses what it is given and would do so again (NotFoundError, StateError: the run or the
 * experiment is gone or deleted); any other error means that it may be tried again later.
 */
export interface RunTarget {
  /** In messages: where the run is recorded. Holds no password. */
  readonly description: string;
  /** The id of the active experiment of that name, which is made if there is none. */
  ensureExperiment(name: string): Promise<string>;
  /** The id of the run with that key, which is made if there is none. */
  createRun(run: RecordedRun): Promise<string>;
  logBatch(runId: string, batch: Batch): Promise<void>;
  logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void>;
  update(runId: string, status: RecordedStatus): Promise<void>;
  /**
   * Puts a file at a path among the run's artifacts, in place of one that is there.
   * @param onBytes hears how many bytes of it have been read so far
   */
  uploadArtifact(
    runId: string,
    artifact: { readonly path: string; readonly file: string },
    onBytes?: (bytes: number) => void,
  ): Promise<void>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
