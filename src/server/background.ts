// What a server does beside answering: sends webhooks, ends jobs whose workers are gone, removes files that have expired.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../app/index.ts';

/** Is told what went wrong; the work is tried again. */
export type FaultLog = (task: string, error: unknown) => void;

const jobsEveryMs = 10_000;
const filesEveryMs = 600_000;

/** Starts; the returned function stops it and waits for what is under way. */
export function startBackground(stores: Stores, onFault: FaultLog): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const tasks = [
    stores.webhooks.deliver(signal, { onError: (error) => onFault('webhooks', error) }),
    repeat('jobs', { everyMs: jobsEveryMs, signal, onFault, work: () => stores.jobs.expire() }),
    repeat('files', { everyMs: filesEveryMs, signal, onFault, work: () => stores.files.expire() }),
  ];
  return async () => {
    stop.abort();
    await Promise.all(tasks);
  };
}

type Repeated = {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly onFault: FaultLog;
  readonly work: () => Promise<unknown>;
};

async function repeat(task: string, { everyMs, signal, onFault, work }: Repeated): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => onFault(task, error));
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
