// The table of uploaded files.
import type { Migration } from '../store/index.ts';

/** The bytes lie in the blob store, under the id. Ids sort by time. */
export const filesMigration: Migration = {
  name: '0008-files',
  statements: ({ text, clustered }) => [
    `create table files (
      id ${text} not null primary key,
      owner ${text} not null,
      filename ${text} not null,
      purpose ${text} not null,
      state ${text} not null,
      status ${text} not null,
      status_details ${text},
      bytes bigint not null,
      sha256 ${text} not null,
      created_at bigint not null,
      expires_at bigint
    ) ${clustered}`,
    'create index files_by_owner on files (owner, id)',
    'create index files_by_expiry on files (expires_at) where expires_at is not null',
    "create index files_unfinished on files (created_at) where state <> 'kept'",
  ],
};
