// What every part of an import works with.
import { InputError, InterruptedError } from '../../../../core/index.ts';
import type { RegistryRestoration } from '../../../../registry/index.ts';
import type { Restoration } from '../../../../tracking/index.ts';
import type { Stores } from '../../../stores.ts';
import type { Ledger } from '../ledger.ts';
import { type Problem, Problems, type Tell } from '../problems.ts';
import type { Source } from '../source/source.ts';
import { WithheldError } from '../source/withheld-error.ts';
import type { Counter } from './counts.ts';

/** What every part of an import works with. */
export type ImportContext = {
  readonly source: Source;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly restoration: Restoration;
  readonly registryRestoration: RegistryRestoration;
  readonly copyArtifacts: boolean;
  readonly counter: Counter;
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

/** Problems of one entity that the ledger remembers. */
const remembered = 100;

/** Problems of one entity: told at once, and kept for the ledger. */
export class OwnProblems {
  readonly #kept = new Problems(remembered);
  readonly #tell: Tell;
  #withheld = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  readonly tell: Tell = (problem) => {
    this.#kept.tell(problem);
    this.#tell(problem);
  };

  get list(): readonly Problem[] {
    return this.#kept.list;
  }

  /** Whether the source withheld something, so that the next import must ask for it again. */
  get isWithheld(): boolean {
    return this.#withheld;
  }

  /** Runs work; what is refused as unfit, or withheld, is told instead. Resolves to whether it was done. */
  async attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof WithheldError) this.#withheld = true;
      else if (!(error instanceof InputError)) throw error;
      this.tell({ what, reason: error.message });
      return false;
    }
  }
}

/** @throws InterruptedError once the import shall stop */
export function checkGoesOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new InterruptedError(
      'The import was stopped; run the same command again, and it goes on from there',
    );
}
