// Eight clients at once, each logging batches of ten metrics to a run of its own as fast as answers come.
import type { Readings } from '../measures.ts';
import { percentile } from '../statistics.ts';
import type { TrackingClient } from '../tracking-client.ts';
import { metricRows } from './measure-logging.ts';

const CLIENTS = 8;
const WARM_UP_MS = 1000;
const MEASURED_MS = 4000;

export async function measureClients(client: TrackingClient): Promise<Readings> {
  const experiment = await client.createExperiment('clients');
  const runs: string[] = [];
  for (let i = 0; i < CLIENTS; i++) runs.push((await client.createRun(experiment)).value.id);
  const calls = runs.map((run) => {
    let firstStep = 0;
    return () =>
      client.logBatch(run, { metrics: metricRows({ keys: 10, steps: 1, firstStep: firstStep++ }) });
  });
  const { rate, times } = await sustain(calls);
  return { clientsRate: rate, clientsP95: percentile(times, 0.95) };
}

/** Repeats all calls side by side: calls a second, and milliseconds of each that ended in the measured time. */
export async function sustain(
  calls: readonly (() => Promise<{ readonly milliseconds: number }>)[],
): Promise<{ readonly rate: number; readonly times: readonly number[] }> {
  const start = performance.now() + WARM_UP_MS;
  const end = start + MEASURED_MS;
  const times: number[] = [];
  const work = async (call: (typeof calls)[number]) => {
    while (performance.now() < end) {
      const { milliseconds } = await call();
      const now = performance.now();
      if (now >= start && now < end) times.push(milliseconds);
    }
  };
  await Promise.all(calls.map(work));
  return { rate: (times.length * 1000) / MEASURED_MS, times };
}
