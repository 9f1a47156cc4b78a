// The requests under way: how many there are, and that no more are taken while the server stops.
import type { ServerResponse } from 'node:http';
import { Refusal } from './refusal.ts';

export class Traffic {
  readonly #underWay = new Set<ServerResponse>();
  #isStopping = false;
  #onIdle: (() => void)[] = [];

  /** Counts a request until its answer is sent or its connection is gone. */
  add(response: ServerResponse): void {
    this.#underWay.add(response);
    response.once('close', () => {
      this.#underWay.delete(response);
      if (this.#underWay.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    });
  }

  /** @throws Refusal while the server stops; the connection is not to be used again */
  check(response: ServerResponse): void {
    if (!this.#isStopping) return;
    response.setHeader('connection', 'close');
    throw new Refusal('stopping', 'The server is stopping; send the request again', { retryAfterMs: 1000 });
  }

  /** Refuses what comes from now on; resolves when nothing is under way, or when the time is over. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#underWay.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.push(resolve);
    const timer = setTimeout(resolve, graceMs);
    await promise;
    clearTimeout(timer);
  }
}
