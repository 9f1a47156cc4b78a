// The tables of evaluation datasets.
import type { Migration } from '../../store/index.ts';

/** Records are read in the order of their rows; equal inputs are one record. */
export const evaluationDatasetsMigration: Migration = {
  name: '0003-evaluation-datasets',
  statements: ({ text, identity, clustered }) => [
    `create table evaluation_datasets (
      id ${identity},
      dataset_id ${text} not null unique,
      name ${text} not null,
      schema ${text},
      profile ${text},
      digest ${text} not null,
      created_at bigint not null,
      updated_at bigint not null,
      created_by ${text},
      updated_by ${text}
    )`,
    'create index evaluation_datasets_by_time on evaluation_datasets (created_at, dataset_id)',
    `create table evaluation_dataset_tags (
      dataset bigint not null references evaluation_datasets (id) on delete cascade,
      key ${text} not null,
      value ${text} not null,
      primary key (dataset, key)
    ) ${clustered}`,
    `create table evaluation_dataset_experiments (
      dataset bigint not null references evaluation_datasets (id) on delete cascade,
      experiment ${text} not null,
      primary key (dataset, experiment)
    ) ${clustered}`,
    'create index evaluation_dataset_experiments_reversed on evaluation_dataset_experiments (experiment, dataset)',
    `create table evaluation_dataset_records (
      id ${identity},
      record_id ${text} not null unique,
      dataset bigint not null references evaluation_datasets (id) on delete cascade,
      input_hash ${text} not null,
      inputs ${text} not null,
      outputs ${text},
      expectations ${text},
      tags ${text} not null,
      source ${text},
      source_id ${text},
      source_type ${text},
      created_at bigint not null,
      updated_at bigint not null,
      created_by ${text},
      updated_by ${text},
      unique (dataset, input_hash)
    )`,
    'create index evaluation_dataset_records_in_order on evaluation_dataset_records (dataset, id)',
  ],
};
