// The rows of the registry's tables, as the queries of this folder see them.
import type { Generated } from 'kysely';

/** `model` is the number of a registered model: a name can be used again after deletion, a number cannot. Times are in ms. */
export type RegistryTables = {
  readonly registered_models: {
    readonly id: Generated<number>;
    readonly name: string;
    readonly description: string | null;
    readonly created_at: number;
    readonly updated_at: number;
    /** The highest version number ever given, so that none is given twice. */
    readonly last_version: number;
    readonly stage: string;
    readonly current_version: number | null;
    readonly deleted_at: number | null;
  };
  readonly registered_model_tags: {
    readonly id: Generated<number>;
    readonly model: number;
    readonly key: string;
    readonly value: string;
  };
  readonly model_versions: {
    readonly model: number;
    readonly version: number;
    /** The model's name, repeated so that searches need no join. */
    readonly name: string;
    readonly description: string | null;
    readonly created_at: number;
    readonly updated_at: number;
    readonly stage: string;
    readonly source: string;
    readonly storage_location: string;
    readonly run_id: string | null;
    readonly run_link: string | null;
    readonly logged_model_id: string | null;
    readonly status: string;
    readonly status_message: string | null;
    readonly deleted_at: number | null;
  };
  readonly model_version_tags: {
    readonly id: Generated<number>;
    readonly model: number;
    readonly version: number;
    readonly key: string;
    readonly value: string;
  };
  readonly model_aliases: {
    readonly id: Generated<number>;
    readonly model: number;
    readonly alias: string;
    readonly version: number;
  };
  readonly registry_audit: {
    readonly id: Generated<number>;
    readonly at: number;
    readonly actor: string | null;
    readonly reason: string | null;
    readonly action: string;
    readonly model: number;
    readonly name: string;
    readonly version: number | null;
    readonly subject: string | null;
    readonly before: string | null;
    readonly after: string | null;
  };
};
