// Collects the first faults and counts all of them by kind.
import type { Fault, FaultKind } from './fault.ts';

/** Faults as a check reports them. */
export type FaultSummary = {
  /** The first ones, in the order of the files' rows. */
  readonly listed: readonly Fault[];
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<FaultKind, number>>>;
};

export class FaultLog {
  readonly #limit: number;
  readonly #listed: Fault[] = [];
  readonly #byKind = new Map<FaultKind, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(fault: Fault): void {
    this.#byKind.set(fault.kind, (this.#byKind.get(fault.kind) ?? 0) + 1);
    if (this.#listed.length < this.#limit) this.#listed.push(fault);
  }

  summary(): FaultSummary {
    const files = [...new Set(this.#listed.map((fault) => fault.file))];
    const rank = (fault: Fault) => files.indexOf(fault.file);
    const listed = this.#listed.toSorted((a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0));
    const counts = [...this.#byKind];
    return {
      listed,
      total: counts.reduce((sum, [, count]) => sum + count, 0),
      byKind: Object.fromEntries(counts.sort(([, a], [, b]) => b - a)),
    };
  }
}
