// Fine-tuning jobs in tests: how far they are, what came of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FineTuneResult } from '../../app/index.ts';
import type { JobEvent } from '../../jobs/index.ts';
import type { TuningService } from './tuning-service.ts';

/** Waits for the end, which must be a success. */
export async function resultOf({ jobs }: TuningService, id: string): Promise<FineTuneResult> {
  const job = await jobs.waitForEnd(id);
  expect(job.error).toBeNull();
  // What this kind of job alone writes
  return job.result as unknown as FineTuneResult;
}

export async function eventsOf({ jobs }: TuningService, id: string): Promise<readonly JobEvent[]> {
  return (await jobs.events(id, { limit: 5000 })).events;
}

/** Waits until the job has told of so many steps. */
export async function untilStep(service: TuningService, id: string, step: number): Promise<void> {
  for (;;) {
    const told = (await eventsOf(service, id)).filter(({ type }) => type === 'metrics').length;
    if (told >= step) return;
    await sleep(20);
  }
}

/** Long enough to be stopped within, and the same whenever it is run. */
export const longSpec = {
  ...{ seed: 5, hyperparameters: { epochs: 2, batchSize: 1 }, suffix: 'long' },
  overrides: { lora: { dropout: 0.1 } },
} as const;
