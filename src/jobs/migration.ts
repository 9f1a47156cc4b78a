// The tables of the queue.
import type { Migration } from '../store/index.ts';

/**
 * `jobs_waiting` holds all that a claim looks at, in the order of claims, so that a claim costs the same however many jobs are
 * finished. `lease_until` is in no index: a heartbeat touches none. PostgreSQL takes no index entry over 2,704 bytes: what a caller
 * names is at most 255 characters, and of a label's value the index has the first 200.
 */
export const jobsMigration: Migration = {
  name: '0009-jobs',
  statements: ({ text, identity, clustered }) => [
    `create table jobs (
      number ${identity},
      id ${text} not null unique,
      kind ${text} not null,
      owner ${text} not null,
      spec ${text} not null,
      state ${text} not null,
      priority bigint not null,
      attempt bigint not null,
      max_attempts bigint not null,
      created_at bigint not null,
      started_at bigint,
      finished_at bigint,
      available_at bigint not null,
      request ${text},
      worker ${text},
      lease bigint not null,
      lease_until bigint,
      progress ${text},
      result ${text},
      error ${text},
      labels ${text} not null,
      group_key ${text},
      dedupe_key ${text},
      revision bigint not null,
      last_event bigint not null,
      acknowledged smallint not null
    )`,
    `create index jobs_waiting on jobs (priority desc, number, kind, available_at, owner, group_key) where state = 'queued'`,
    'create unique index jobs_by_dedupe_key on jobs (owner, dedupe_key) where dedupe_key is not null',
    'create index jobs_by_time on jobs (created_at, number)',
    'create index jobs_by_owner on jobs (owner, created_at, number)',
    'create index jobs_by_state on jobs (state, kind, owner)',
    'create index jobs_by_end on jobs (finished_at) where finished_at is not null',
    'create index jobs_unacknowledged on jobs (kind, finished_at, number) where finished_at is not null and acknowledged = 0',
    `create table job_labels (
      job bigint not null references jobs (number) on delete cascade,
      key ${text} not null,
      value ${text} not null,
      primary key (job, key)
    ) ${clustered}`,
    'create index job_labels_by_value on job_labels (key, substr(value, 1, 200), job)',
    `create table job_events (
      job bigint not null references jobs (number) on delete cascade,
      number bigint not null,
      at bigint not null,
      type ${text} not null,
      level ${text} not null,
      message ${text} not null,
      data ${text},
      once ${text},
      primary key (job, number)
    ) ${clustered}`,
    'create unique index job_events_once on job_events (job, once) where once is not null',
  ],
};
