// Hands work to a target, and keeps what it refuses from holding up the rest.
import { appendFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, NotFoundError, StateError } from '../../core/index.ts';
import type { Batch } from '../run-log.ts';
import type { Work } from './next-work.ts';
import type { RunTarget } from './run-target.ts';
import { halves } from './split-batch.ts';
import { refusedFile } from './spool-files.ts';

/** Where work goes. */
export type Receiver = {
  readonly target: RunTarget;
  readonly runId: string;
  /** The spool's directory. */
  readonly directory: string;
  /** Hears that bytes of a file have been read. */
  readonly onBytes: () => void;
};

/** What a target did not take, and why. */
export type Refusal = { readonly count: number; readonly reason: string };

/** After so many refusals in a row within a batch the rest of it is not tried one by one. */
const hopeless = 8;

/**
 * Delivers work; resolves to what was refused, which is written down in the spool's directory.
 * @throws NotFoundError, StateError when the run is gone; the target's error when it may be tried again
 */
export async function deliver(receiver: Receiver, work: Work): Promise<readonly Refusal[]> {
  if ('batch' in work) return await new BatchDelivery(receiver).deliver(work.batch);
  const { entry } = work;
  const { target, runId } = receiver;
  try {
    if (entry.type === 'inputs') await target.logInputs(runId, entry.datasets);
    else if (entry.type === 'status') await target.update(runId, entry);
    else {
      const file = resolve(receiver.directory, entry.file);
      await target.uploadArtifact(runId, { path: entry.path, file }, receiver.onBytes);
    }
    return [];
  } catch (error) {
    if (!(error instanceof InputError) || (entry.type !== 'artifact' && isGone(error))) throw error;
    return [await writeDown(receiver, entry, { count: 1, reason: error.message })];
  }
}

/** Whether an error says that there is no run to record to any more. */
export function isGone(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof StateError;
}

/** Divides a batch that is refused until what is at fault stands alone. */
class BatchDelivery {
  readonly #receiver: Receiver;
  #inARow = 0;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  async deliver(batch: Batch): Promise<readonly Refusal[]> {
    const { target, runId } = this.#receiver;
    try {
      await target.logBatch(runId, batch);
      this.#inARow = 0;
      return [];
    } catch (error) {
      if (!(error instanceof InputError) || isGone(error)) throw error;
      const parts = this.#inARow < hopeless ? halves(batch) : undefined;
      if (parts === undefined) {
        this.#inARow++;
        return [await writeDown(this.#receiver, batch, { count: sizeOf(batch), reason: error.message })];
      }
      const [first, second] = parts;
      return [...(await this.deliver(first)), ...(await this.deliver(second))];
    }
  }
}

function sizeOf({ metrics = [], params = [], tags = [] }: Batch): number {
  return metrics.length + params.length + tags.length;
}

async function writeDown({ directory }: Receiver, what: unknown, refusal: Refusal): Promise<Refusal> {
  const line = JSON.stringify({ time: new Date().toISOString(), reason: refusal.reason, what });
  await appendFile(join(directory, refusedFile), `${line}\n`);
  return refusal;
}
