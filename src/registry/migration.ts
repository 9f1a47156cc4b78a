// The tables of the registry.
import type { Migration } from '../store/index.ts';

/**
 * Deletion marks rows; a name is unique among the models that are not deleted. Tags and aliases keep the order in which they were
 * first set (`id`), as MLflow shows them. `registry_audit` refers to nothing, so that it outlives what it tells of.
 * `substr(value, 1, 200)`: PostgreSQL takes no index entry over 2,704 bytes.
 */
export const registryMigrations: readonly Migration[] = [
  {
    name: '0002-registry',
    statements: ({ text, identity, clustered }) => [
      `create table registered_models (
        id ${identity},
        name ${text} not null,
        description ${text},
        created_at bigint not null,
        updated_at bigint not null,
        last_version bigint not null,
        stage ${text} not null,
        current_version bigint,
        deleted_at bigint
      )`,
      'create unique index registered_models_by_name on registered_models (name) where deleted_at is null',
      'create index registered_models_by_update on registered_models (updated_at, name) where deleted_at is null',
      'create index registered_models_deleted on registered_models (name, id) where deleted_at is not null',
      `create table registered_model_tags (
        id ${identity},
        model bigint not null references registered_models (id),
        key ${text} not null,
        value ${text} not null,
        unique (model, key)
      )`,
      'create index registered_model_tags_by_value on registered_model_tags (key, substr(value, 1, 200), model)',
      `create table model_versions (
        model bigint not null references registered_models (id),
        version bigint not null,
        name ${text} not null,
        description ${text},
        created_at bigint not null,
        updated_at bigint not null,
        stage ${text} not null,
        source ${text} not null,
        storage_location ${text} not null,
        run_id ${text},
        run_link ${text},
        logged_model_id ${text},
        status ${text} not null,
        status_message ${text},
        deleted_at bigint,
        primary key (model, version)
      ) ${clustered}`,
      'create index model_versions_by_stage on model_versions (model, stage, version) where deleted_at is null',
      'create index model_versions_by_name on model_versions (name, version) where deleted_at is null',
      'create index model_versions_by_update on model_versions (updated_at, name, version) where deleted_at is null',
      'create index model_versions_by_run on model_versions (substr(run_id, 1, 200)) where deleted_at is null',
      'create index model_versions_by_source on model_versions (substr(source, 1, 200)) where deleted_at is null',
      'create index model_versions_deleted on model_versions (model, version) where deleted_at is not null',
      `create table model_version_tags (
        id ${identity},
        model bigint not null,
        version bigint not null,
        key ${text} not null,
        value ${text} not null,
        unique (model, version, key),
        foreign key (model, version) references model_versions (model, version)
      )`,
      'create index model_version_tags_by_value on model_version_tags (key, substr(value, 1, 200), model, version)',
      "create index model_version_tags_prompts on model_version_tags (model) where key = 'mlflow.prompt.is_prompt' and value = 'true'",
      "create unique index model_version_tags_semantic on model_version_tags (model, value) where key = 'hone.semantic_version'",
      `create table model_aliases (
        id ${identity},
        model bigint not null,
        alias ${text} not null,
        version bigint not null,
        unique (model, alias),
        foreign key (model, version) references model_versions (model, version)
      )`,
      'create index model_aliases_by_version on model_aliases (model, version)',
      `create table registry_audit (
        id ${identity},
        at bigint not null,
        actor ${text},
        reason ${text},
        action ${text} not null,
        model bigint not null,
        name ${text} not null,
        version bigint,
        subject ${text},
        before ${text},
        after ${text}
      )`,
      'create index registry_audit_by_model on registry_audit (model, id)',
      'create index registry_audit_by_name on registry_audit (name, model)',
    ],
  },
];
