// The tables of logged models, and of the inputs and outputs of runs.
import type { Migration, Vocabulary } from '../../store/index.ts';

/**
 * A run refers to a model by its id, which may be of another server. Names of parameters, tags and metrics of models are those of
 * the table `names`; in metrics the name and the digest of a dataset are too (0: none), and a row says all that its key says.
 */
export const loggedModelsMigration: Migration = {
  name: '0004-logged-models',
  statements: (vocabulary) => [...inputTables(vocabulary), ...modelTables(vocabulary)],
};

function inputTables({ text, identity, clustered }: Vocabulary): readonly string[] {
  return [
    `create table datasets (
      id ${identity},
      experiment bigint not null references experiments (id),
      name ${text} not null,
      digest ${text} not null,
      source_type ${text} not null,
      source ${text} not null,
      schema ${text},
      profile ${text},
      unique (experiment, name, digest)
    )`,
    `create table dataset_inputs (
      id ${identity},
      run bigint not null references runs (id),
      dataset bigint not null references datasets (id),
      unique (run, dataset)
    )`,
    'create index dataset_inputs_by_dataset on dataset_inputs (dataset, run)',
    `create table dataset_input_tags (
      input bigint not null references dataset_inputs (id),
      key ${text} not null,
      value ${text} not null,
      primary key (input, key)
    ) ${clustered}`,
    `create table model_inputs (
      id ${identity},
      run bigint not null references runs (id),
      model_id ${text} not null,
      unique (run, model_id)
    )`,
    `create table model_outputs (
      id ${identity},
      run bigint not null references runs (id),
      model_id ${text} not null,
      step bigint not null,
      unique (run, model_id)
    )`,
  ];
}

function modelTables({ text, identity, clustered }: Vocabulary): readonly string[] {
  return [
    `create table logged_models (
      id ${identity},
      model_id ${text} not null unique,
      experiment bigint not null references experiments (id),
      name ${text} not null,
      artifact_uri ${text} not null,
      created_at bigint not null,
      updated_at bigint not null,
      status ${text} not null,
      model_type ${text} not null,
      source_run_id ${text} not null,
      lifecycle ${text} not null
    )`,
    'create index logged_models_by_creation on logged_models (experiment, lifecycle, created_at, id)',
    'create index logged_models_by_name on logged_models (name, experiment)',
    'create index logged_models_by_run on logged_models (source_run_id)',
    ...['logged_model_params', 'logged_model_tags'].map(
      (table) => `create table ${table} (
        model bigint not null references logged_models (id),
        name bigint not null,
        value ${text} not null,
        primary key (model, name)
      ) ${clustered}`,
    ),
    `create table logged_model_metrics (
      model bigint not null references logged_models (id),
      name bigint not null,
      timestamp bigint not null,
      step bigint not null,
      run bigint not null references runs (id),
      dataset_name bigint not null,
      dataset_digest bigint not null,
      value double precision not null,
      is_nan smallint not null,
      primary key (model, name, timestamp, step, run, dataset_name, dataset_digest, value, is_nan)
    ) ${clustered}`,
    'create index logged_model_metrics_by_dataset on logged_model_metrics (dataset_name, model)',
  ];
}
