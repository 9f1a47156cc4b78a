// The memory of a process over time, and whether it grows.
import { readFileSync } from 'node:fs';
import { median } from '../tracking/statistics.ts';

/** Megabytes are 10^6 bytes. */
export type MemoryGrowth = {
  readonly samples: number;
  /** Seconds from the start that are left out. */
  readonly warmUp: number;
  /** Medians of the first and the last quarter behind the warm-up. */
  readonly firstMb: number;
  readonly lastMb: number;
  readonly maxMb: number;
  /** Of a straight line through all samples behind the warm-up. */
  readonly mbPerMinute: number;
};

/** Samples once a second until it is stopped. */
export class MemorySampler {
  readonly #pid: number;
  readonly #samples: { readonly second: number; readonly mb: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #start = performance.now();

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), 1000);
  }

  /** The newest sample; NaN before the first. */
  get mb(): number {
    return this.#samples.at(-1)?.mb ?? Number.NaN;
  }

  stop(warmUp: number): MemoryGrowth {
    clearInterval(this.#timer);
    const kept = this.#samples.filter(({ second }) => second > warmUp);
    const quarter = Math.ceil(kept.length / 4);
    const middle = (part: typeof kept) => median(part.map(({ mb }) => mb));
    return {
      ...{ samples: kept.length, warmUp },
      ...{ firstMb: middle(kept.slice(0, quarter)), lastMb: middle(kept.slice(-quarter)) },
      maxMb: Math.max(...this.#samples.map(({ mb }) => mb)),
      mbPerMinute: slope(kept) * 60,
    };
  }

  #sample(): void {
    const mb = residentMb(this.#pid);
    if (mb !== undefined) this.#samples.push({ second: (performance.now() - this.#start) / 1000, mb });
  }
}

function residentMb(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    // Gone, or a system that does not tell
    return undefined;
  }
}

/** Least squares, in MB a second. */
function slope(samples: readonly { readonly second: number; readonly mb: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [seconds, mbs] = [mean(samples.map(({ second }) => second)), mean(samples.map(({ mb }) => mb))];
  const covariance = samples.reduce((sum, { second, mb }) => sum + (second - seconds) * (mb - mbs), 0);
  const variance = samples.reduce((sum, { second }) => sum + (second - seconds) ** 2, 0);
  return covariance / variance;
}
