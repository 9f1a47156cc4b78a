// What did not fit: told as it is met, counted, listed up to a limit.

/** One thing that did not come over as it was. */
export type Problem = {
  /** What it concerns: `run 3f2a...`, `experiment 'x'`, `registered model 'm'`. */
  readonly what: string;
  readonly reason: string;
  /** The file and line, where it is one. */
  readonly where?: string | undefined;
};

/** Takes a problem. */
export type Tell = (problem: Problem) => void;

/** Problems kept; the rest are counted. */
const listed = 10_000;

/** Collects problems. */
export class Problems {
  readonly #limit: number;
  readonly #list: Problem[] = [];
  #total = 0;

  constructor(limit = listed) {
    this.#limit = limit;
  }

  readonly tell: Tell = (problem) => {
    this.#total++;
    if (this.#list.length < this.#limit) this.#list.push(problem);
  };

  get total(): number {
    return this.#total;
  }

  /** The first of them. */
  get list(): readonly Problem[] {
    return this.#list;
  }
}

/** A problem in one line. */
export function describeProblem({ what, reason, where }: Problem): string {
  return `${where === undefined ? '' : `${where}: `}${what}: ${reason}`;
}
