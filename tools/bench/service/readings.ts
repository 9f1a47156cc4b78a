// What is measured while load is on: times by kind of work, refusals that were meant, errors that were not.
import { percentile } from '../tracking/statistics.ts';

/** Times in ms. */
export type Times = {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
};

/** An error that nobody meant, and how often it came. */
export type Fault = { readonly kind: string; readonly message: string; readonly count: number };

export class Readings {
  readonly #times = new Map<string, number[]>();
  readonly #faults = new Map<string, { kind: string; message: string; count: number }>();
  readonly #counts = new Map<string, number>();

  time(kind: string, milliseconds: number): void {
    const times = this.#times.get(kind) ?? [];
    times.push(milliseconds);
    this.#times.set(kind, times);
  }

  /** Counts something that is no fault. */
  count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  fault(kind: string, error: unknown): void {
    const message = describe(error);
    const known = this.#faults.get(`${kind} ${message}`) ?? { kind, message, count: 0 };
    known.count++;
    this.#faults.set(`${kind} ${message}`, known);
  }

  get times(): Readonly<Record<string, Times>> {
    const entries = [...this.#times].map(([kind, times]) => [kind, timesOf(times)] as const);
    return Object.fromEntries(entries);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  get faults(): readonly Fault[] {
    return [...this.#faults.values()];
  }
}

function timesOf(times: readonly number[]): Times {
  return {
    count: times.length,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    max: percentile(times, 1),
  };
}

/** Ids and numbers differ from call to call; what went wrong is the same. */
function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${text}${cause}`.replaceAll(/(?:file|ftjob|req|chatcmpl|model)[-_]\w+/g, 'ID').slice(0, 300);
}
