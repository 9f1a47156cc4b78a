// Tells those who wait in this process that something changed, so that they need not poll for it.
import { InterruptedError } from '../core/index.ts';
import type { Job } from './job.ts';

/** Tells of changes made through this process. Other processes' changes are found by polling. */
export class Changes {
  readonly #watches = new Map<string | undefined, Set<Watch>>();
  #closed = false;

  tell({ id, state }: Pick<Job, 'id' | 'state'>): void {
    for (const watch of this.#watches.get(id) ?? []) watch.tell();
    if (state === 'running') return;
    for (const watch of this.#watches.get(undefined) ?? []) watch.tell();
  }

  /**
   * Runs `work` with a watch on one job, or on all that may give a worker something to do: jobs that wait, and jobs that ran and so
   * held up others. What is told while the work looks is not missed.
   */
  async watching<T>(id: string | undefined, work: (watch: Watch) => Promise<T>): Promise<T> {
    const watch = new Watch(() => this.#closed);
    const watches = this.#watches.get(id) ?? new Set();
    this.#watches.set(id, watches.add(watch));
    try {
      return await work(watch);
    } finally {
      watches.delete(watch);
      if (watches.size === 0) this.#watches.delete(id);
    }
  }

  /** Ends all waiting by an InterruptedError. */
  close(): void {
    this.#closed = true;
    for (const watches of this.#watches.values()) for (const watch of watches) watch.tell();
  }
}

/** One who waits. */
export class Watch {
  readonly #isClosed: () => boolean;
  #wasTold = false;
  #wake: (() => void) | undefined;

  constructor(isClosed: () => boolean) {
    this.#isClosed = isClosed;
  }

  tell(): void {
    this.#wasTold = true;
    this.#wake?.();
  }

  /** Resolves at the next change, or one since the last call, or after `ms`. @throws the signal's reason; InterruptedError once closed */
  async next(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#wasTold && signal?.aborted !== true) await this.#sleep(ms, signal);
    this.#wasTold = false;
    signal?.throwIfAborted();
    if (this.#isClosed()) throw new InterruptedError('The queue was closed while waiting for a job');
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}
