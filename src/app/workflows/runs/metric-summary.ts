// A metric of a run in a few numbers: its last value, its extremes, and what a small chart needs.
import type { Metric } from '../../../tracking/index.ts';
import { pagesOf } from './pages.ts';
import type { RunSource } from './run-source.ts';

export type MetricSummary = {
  readonly key: string;
  /** The value of the greatest step. */
  readonly latest: number;
  readonly step: number;
  /** Values in all. */
  readonly count: number;
  /** Of the values that are numbers; undefined where none is. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** At most 64 values, evenly chosen, in the order of time. */
  readonly samples: readonly number[];
};

const mostSamples = 64;

/** Reads a metric's whole history, holding a page of it at a time. */
export async function summarizeMetric(
  source: RunSource,
  runId: string,
  { key, value, step }: Metric,
): Promise<MetricSummary> {
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const sampler = new Sampler();
  for await (const page of pagesOf((token) =>
    source.history(runId, { key, ...(token && { pageToken: token }) }),
  ))
    for (const { value: one } of page) {
      count++;
      sampler.add(one);
      // A comparison with NaN is false.
      if (one < min) min = one;
      if (one > max) max = one;
    }
  const isKnown = min <= max;
  return {
    key,
    latest: value,
    step,
    count,
    min: isKnown ? min : undefined,
    max: isKnown ? max : undefined,
    samples: sampler.samples,
  };
}

/** Keeps every n-th value, n doubling as they come. */
class Sampler {
  #kept: number[] = [];
  #every = 1;
  #seen = 0;

  add(value: number): void {
    if (this.#seen++ % this.#every !== 0) return;
    this.#kept.push(value);
    if (this.#kept.length < 2 * mostSamples) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  get samples(): readonly number[] {
    const kept = this.#kept;
    const count = Math.min(kept.length, mostSamples);
    return Array.from({ length: count }, (_, index) => kept[Math.floor((index * kept.length) / count)] ?? 0);
  }
}
