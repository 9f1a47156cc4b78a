// The writing calls one after the other: create, log-metric, log-parameter, log-batch of 10 and of 1,000.
import type { Readings } from '../measures.ts';
import { median, percentile } from '../statistics.ts';
import type { Metric, TrackingClient } from '../tracking-client.ts';
import { repeat } from './repeat.ts';

const EACH = { times: 200, warmUp: 50 };
const BATCHES = { times: 8, warmUp: 2 };
const ROWS = 1000;

/** Shapes of a batch of 1,000 rows: how many keys, each with how many steps. */
const SHAPES = { batch1000Series: 1, batch1000Mixed: 10, batch1000Keys: 1000 } as const;

export async function measureLogging(client: TrackingClient): Promise<Readings> {
  const experiment = await client.createExperiment('logging');
  const { value: run } = await client.createRun(experiment);
  const created = await repeat(EACH, (i) => client.createRun(experiment, { name: `run-${i}` }));
  const metrics = await repeat({ ...EACH, times: 500 }, (i) =>
    client.logMetric(run.id, { key: `metric_${i % 10}`, value: 1 / (i + 1), timestamp: Date.now(), step: i }),
  );
  const params = await repeat(EACH, (i) => client.logParam(run.id, { key: `param_${i}`, value: `${i}` }));
  const { value: batched } = await client.createRun(experiment);
  const batches = await repeat(EACH, (i) =>
    client.logBatch(batched.id, { metrics: metricRows({ keys: 10, steps: 1, firstStep: i }) }),
  );
  return {
    createP50: median(created),
    createP95: percentile(created, 0.95),
    metricP50: median(metrics),
    metricP95: percentile(metrics, 0.95),
    paramP50: median(params),
    paramP95: percentile(params, 0.95),
    batch10P50: median(batches),
    batch10P95: percentile(batches, 0.95),
    ...(await measureLargeBatches(client, experiment)),
  };
}

async function measureLargeBatches(client: TrackingClient, experiment: string): Promise<Readings> {
  const total: Record<keyof typeof SHAPES, number> = {
    batch1000Series: 0,
    batch1000Mixed: 0,
    batch1000Keys: 0,
  };
  const names = ['batch1000Series', 'batch1000Mixed', 'batch1000Keys'] as const;
  for (const name of names) {
    const { value: run } = await client.createRun(experiment);
    const keys = SHAPES[name];
    const steps = ROWS / keys;
    const times = await repeat(BATCHES, (i) =>
      client.logBatch(run.id, { metrics: metricRows({ keys, steps, firstStep: i * steps }) }),
    );
    total[name] = times.reduce((sum, time) => sum + time, 0);
  }
  const rate = (milliseconds: number, shapes = 1) => (shapes * BATCHES.times * ROWS * 1000) / milliseconds;
  return {
    batch1000Series: rate(total.batch1000Series),
    batch1000Mixed: rate(total.batch1000Mixed),
    batch1000Keys: rate(total.batch1000Keys),
    batch1000Rows: rate(total.batch1000Series + total.batch1000Mixed + total.batch1000Keys, names.length),
  };
}

/** Step by step, all keys in each, as a training loop logs. */
export function metricRows(shape: {
  readonly keys: number;
  readonly steps: number;
  readonly firstStep: number;
}): readonly Metric[] {
  const timestamp = Date.now();
  return Array.from({ length: shape.keys * shape.steps }, (_, i) => {
    const step = shape.firstStep + Math.floor(i / shape.keys);
    return { key: `metric_${i % shape.keys}`, value: Math.sin(i + step), timestamp: timestamp + step, step };
  });
}
