// Fills a store with the planned runs, several at once, and with one run that has a long history.
import { metricRows } from '../turn/measure-logging.ts';
import { type Plan, plannedMetrics, plannedPoints, plannedRun } from './plan.ts';
import type { Sink } from './sinks.ts';

/** What is needed to search what was filled. */
export type Filled = {
  readonly plan: Plan;
  readonly experiment: string;
  /** A run from the middle of the plan. */
  readonly middleRun: string;
  /** Has `LONG_HISTORY` points of `metric_0`; in an experiment of its own. */
  readonly longRun: string;
  readonly seconds: number;
  readonly rowsPerSecond: number;
};

export const LONG_HISTORY = 25_000;

const REPORT_MS = 10_000;
/** Leaves room for a run's parameters among the 1,000 entities that a batch may hold. */
const BATCH = 900;

export async function fill(plan: Plan, sink: Sink): Promise<Filled> {
  const start = performance.now();
  const experiment = await sink.createExperiment('scale');
  let middleRun = '';
  let next = 0;
  const work = async () => {
    for (let run = next++; run < plan.runs; run = next++) {
      const id = await fillRun(sink, { plan, experiment, run });
      if (run === plan.runs >> 1) middleRun = id;
    }
  };
  const report = setInterval(() => reportProgress(plan, { done: next, start }), REPORT_MS);
  try {
    await Promise.all(Array.from({ length: sink.width }, work));
  } finally {
    clearInterval(report);
  }
  const seconds = (performance.now() - start) / 1000;
  const longRun = await fillLongRun(sink);
  return { plan, experiment, middleRun, longRun, seconds, rowsPerSecond: plannedPoints(plan) / seconds };
}

async function fillRun(
  sink: Sink,
  { plan, experiment, run }: { readonly plan: Plan; readonly experiment: string; readonly run: number },
): Promise<string> {
  const { params, ...created } = plannedRun(run);
  const id = await sink.createRun(experiment, created);
  const metrics = plannedMetrics(plan, run);
  for (let first = 0; first < metrics.length; first += BATCH) {
    const batch = { metrics: metrics.slice(first, first + BATCH), ...(first === 0 && { params }) };
    await sink.logBatch(id, batch);
  }
  return id;
}

async function fillLongRun(sink: Sink): Promise<string> {
  const experiment = await sink.createExperiment('long');
  const id = await sink.createRun(experiment, { name: 'long', startTime: Date.now(), tags: [] });
  const steps = 1000;
  for (let firstStep = 0; firstStep < LONG_HISTORY; firstStep += steps) {
    await sink.logBatch(id, { metrics: metricRows({ keys: 1, steps, firstStep }) });
  }
  return id;
}

function reportProgress(
  plan: Plan,
  { done, start }: { readonly done: number; readonly start: number },
): void {
  const seconds = (performance.now() - start) / 1000;
  const rate = (done / plan.runs) * (plannedPoints(plan) / seconds);
  const left = seconds * (plan.runs / Math.max(done, 1) - 1);
  console.error(
    `filled ${done} of ${plan.runs} runs, ${Math.round(rate)} points/s, ${Math.round(left)} s to go`,
  );
}
