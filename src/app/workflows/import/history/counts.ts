// What an import has done so far, counted.

/** How many came over anew, were brought up to date, or needed nothing. */
export type Tally = { readonly added: number; readonly updated: number; readonly unchanged: number };

/** The kinds of things that are tallied. */
export type TallyKind = 'experiments' | 'runs' | 'loggedModels' | 'registeredModels' | 'versions';

/** What was done, in numbers. */
export type ImportCounts = Readonly<Record<TallyKind, Tally>> & {
  /** Values of metrics that were written, those that were there already included. */
  readonly metricPoints: number;
  readonly artifacts: number;
  readonly artifactBytes: number;
};

const none: Tally = { added: 0, updated: 0, unchanged: 0 };

/** Counts, and tells whoever watches. */
export class Counter {
  #counts: ImportCounts = {
    experiments: none,
    runs: none,
    loggedModels: none,
    registeredModels: none,
    versions: none,
    metricPoints: 0,
    artifacts: 0,
    artifactBytes: 0,
  };
  readonly #onChange: (counts: ImportCounts) => void;

  constructor(onChange: (counts: ImportCounts) => void) {
    this.#onChange = onChange;
  }

  get counts(): ImportCounts {
    return this.#counts;
  }

  tally(kind: TallyKind, outcome: keyof Tally): void {
    const tally = this.#counts[kind];
    this.#set({ [kind]: { ...tally, [outcome]: tally[outcome] + 1 } });
  }

  points(count: number): void {
    this.#set({ metricPoints: this.#counts.metricPoints + count });
  }

  artifact(bytes: number): void {
    const { artifacts, artifactBytes } = this.#counts;
    this.#set({ artifacts: artifacts + 1, artifactBytes: artifactBytes + bytes });
  }

  #set(change: Partial<ImportCounts>): void {
    this.#counts = { ...this.#counts, ...change };
    this.#onChange(this.#counts);
  }
}
