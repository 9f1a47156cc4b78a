// The rows of the tables of logged models.
import type { Generated } from 'kysely';
import type { LoggedModelStatus } from './entities.ts';

/** `model`, `run` and `experiment` are row numbers. */
export type LoggedModelTables = {
  readonly logged_models: {
    readonly id: Generated<number>;
    readonly model_id: string;
    readonly experiment: number;
    readonly name: string;
    readonly artifact_uri: string;
    readonly created_at: number;
    readonly updated_at: number;
    readonly status: LoggedModelStatus;
    /** '' where nobody said; `source_run_id` likewise. */
    readonly model_type: string;
    readonly source_run_id: string;
    readonly lifecycle: 'active' | 'deleted';
  };
  readonly logged_model_params: ModelText;
  readonly logged_model_tags: ModelText;
  readonly logged_model_metrics: {
    readonly model: number;
    readonly name: number;
    readonly timestamp: number;
    readonly step: number;
    readonly run: number;
    /** Numbers of names; 0 where the value belongs to no dataset. */
    readonly dataset_name: number;
    readonly dataset_digest: number;
    readonly value: number;
    readonly is_nan: 0 | 1;
  };
};

/** A parameter or a tag: `name` is the number of its key's name. */
type ModelText = { readonly model: number; readonly name: number; readonly value: string };
