// The rows of the tables of evaluation datasets. `dataset` is a row number.
import type { Generated } from 'kysely';
import type { TrackingTables } from '../tables.ts';

export type EvaluationDatasetTables = Pick<TrackingTables, 'experiments'> & {
  readonly evaluation_datasets: {
    readonly id: Generated<number>;
    readonly dataset_id: string;
    readonly name: string;
    readonly schema: string | null;
    readonly profile: string | null;
    readonly digest: string;
    readonly created_at: number;
    readonly updated_at: number;
    readonly created_by: string | null;
    readonly updated_by: string | null;
  };
  readonly evaluation_dataset_tags: {
    readonly dataset: number;
    readonly key: string;
    readonly value: string;
  };
  /** An experiment is named as the client names it: MLflow does not ask whether it is there when a dataset is made. */
  readonly evaluation_dataset_experiments: { readonly dataset: number; readonly experiment: string };
  readonly evaluation_dataset_records: {
    readonly id: Generated<number>;
    readonly record_id: string;
    readonly dataset: number;
    readonly input_hash: string;
    readonly inputs: string;
    readonly outputs: string | null;
    readonly expectations: string | null;
    readonly tags: string;
    readonly source: string | null;
    readonly source_id: string | null;
    readonly source_type: string | null;
    readonly created_at: number;
    readonly updated_at: number;
    readonly created_by: string | null;
    readonly updated_by: string | null;
  };
};
