// Percentiles of many small integers, such as lengths.

/** Percentiles by nearest rank; all 0 where there is no value. */
export type Summary = {
  readonly count: number;
  readonly total: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
};

/** Counts each value, so that memory grows with the number of different lengths, not of rows. */
export class Distribution {
  readonly #counts = new Map<number, number>();

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  summary(): Summary {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const count = sorted.reduce((sum, [, times]) => sum + times, 0);
    const total = sorted.reduce((sum, [value, times]) => sum + value * times, 0);
    const at = (share: number) => {
      let left = Math.max(1, Math.ceil(share * count));
      for (const [value, times] of sorted) {
        left -= times;
        if (left <= 0) return value;
      }
      return 0;
    };
    return {
      count,
      total,
      mean: count === 0 ? 0 : total / count,
      min: at(0),
      p50: at(0.5),
      p90: at(0.9),
      p95: at(0.95),
      p99: at(0.99),
      max: at(1),
    };
  }
}
