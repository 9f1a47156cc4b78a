// One kind of load: its work again and again until the time is over, each time measured, errors counted.
import { setTimeout as sleep } from 'node:timers/promises';
import { APIError, type OpenAI } from 'openai';
import type { Random } from '../../../src/core/index.ts';
import type { Readings } from './readings.ts';

/** What all kinds of load work with. */
export type LoadContext = {
  readonly client: OpenAI;
  readonly url: string;
  readonly readings: Readings;
  /** Aborts when the time is over. */
  readonly over: AbortSignal;
  /** Of this load alone. */
  readonly random: Random;
  /** Tuned models that are there, newest last; jobs add to them. */
  readonly tuned: string[];
};

/** One piece of work. */
export type Work = (context: LoadContext) => Promise<void>;

/** Repeats the work until the time is over. Refusals that were meant are counted and waited for. */
export async function repeat(kind: string, context: LoadContext, work: Work): Promise<void> {
  const { over, readings } = context;
  while (!over.aborted) {
    try {
      await work(context);
    } catch (error) {
      if (error instanceof APIError && error.status === 429) {
        readings.count('refused by 429');
        await sleep(Number(error.headers?.get('retry-after-ms') ?? 1000));
      } else {
        readings.fault(kind, error);
        // Not to fill the report with one and the same
        await sleep(200);
      }
    }
  }
}

/** The time that something takes. */
export async function timed<T>({ readings }: LoadContext, kind: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  readings.time(kind, performance.now() - start);
  return result;
}
