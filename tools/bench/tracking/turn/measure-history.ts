// Reads one long series back in full.
import type { Readings } from '../measures.ts';
import { median } from '../statistics.ts';
import type { TrackingClient } from '../tracking-client.ts';
import { metricRows } from './measure-logging.ts';
import { repeat } from './repeat.ts';

const POINTS = 25_000;
const BATCH = 1000;

export async function measureHistory(client: TrackingClient): Promise<Readings> {
  const experiment = await client.createExperiment('history');
  const { value: run } = await client.createRun(experiment);
  for (let firstStep = 0; firstStep < POINTS; firstStep += BATCH) {
    await client.logBatch(run.id, { metrics: metricRows({ keys: 1, steps: BATCH, firstStep }) });
  }
  let bytes = 0;
  const times = await repeat({ times: 5, warmUp: 1 }, async () => {
    const history = await client.metricHistory(run.id, 'metric_0');
    if (history.value !== POINTS)
      throw new Error(`Cannot go on: a history of ${history.value}, not ${POINTS}`);
    bytes = history.bytes;
    return history;
  });
  return { history: median(times), historyMb: bytes / 1e6 };
}
