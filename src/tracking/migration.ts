// The tables of tracking.
import type { Migration } from '../store/index.ts';

/**
 * Names of metrics, parameters and tags are kept once, in `names`, and stand as numbers elsewhere. Rows of points lie in the
 * order of their key, so that a history is one range of the disk and a repeated point is no new row. `substr(value, 1, 200)`:
 * PostgreSQL takes no index entry over 2,704 bytes.
 */
export const trackingMigration: Migration = {
  name: '0001-tracking',
  statements: ({ text, identity, clustered }) => [
    `create table experiments (
      id ${identity},
      name ${text} not null unique,
      artifact_location ${text} not null,
      lifecycle ${text} not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create table experiment_tags (
      experiment bigint not null references experiments (id),
      key ${text} not null,
      value ${text} not null,
      primary key (experiment, key)
    ) ${clustered}`,
    `create table names (id ${identity}, name ${text} not null unique)`,
    `create table runs (
      id ${identity},
      run_id ${text} not null unique,
      experiment bigint not null references experiments (id),
      name ${text} not null,
      user_id ${text} not null,
      status ${text} not null,
      start_time bigint not null,
      end_time bigint,
      artifact_uri ${text} not null,
      lifecycle ${text} not null,
      deleted_at bigint
    )`,
    'create index runs_by_start on runs (experiment, lifecycle, start_time, run_id)',
    ...['params', 'run_tags'].flatMap((table) => [
      `create table ${table} (
        run bigint not null,
        name bigint not null,
        value ${text} not null,
        primary key (run, name)
      ) ${clustered}`,
      `create index ${table}_by_value on ${table} (name, substr(value, 1, 200), run)`,
    ]),
    `create table metric_points (
      run bigint not null,
      name bigint not null,
      timestamp bigint not null,
      step bigint not null,
      value double precision not null,
      is_nan smallint not null,
      primary key (run, name, timestamp, step, value, is_nan)
    ) ${clustered}`,
    `create table latest_metrics (
      run bigint not null,
      name bigint not null,
      step bigint not null,
      timestamp bigint not null,
      value double precision not null,
      is_nan smallint not null,
      primary key (run, name)
    ) ${clustered}`,
    'create index latest_metrics_by_value on latest_metrics (name, is_nan, value, run)',
  ],
};
