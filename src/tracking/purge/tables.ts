// The tables that permanent deletion reaches, beside tracking's own.
import type { Generated } from 'kysely';
import type { TrackingTables } from '../tables.ts';

export type PurgeTables = TrackingTables & {
  readonly purged_artifacts: {
    readonly id: Generated<number>;
    readonly owner: string;
    readonly uri: string;
  };
  readonly trace_links: { readonly kind: string; readonly target: string; readonly trace_id: string };
  /** `experiment` is an id, as text. */
  readonly evaluation_dataset_experiments: { readonly dataset: number; readonly experiment: string };
};
