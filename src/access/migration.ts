// The table of API keys.
import type { Migration } from '../store/index.ts';

/** Keys are revoked, never deleted: that there was one is what keeps a server closed. */
export const accessMigration: Migration = {
  name: '0007-access',
  statements: ({ text, clustered }) => [
    `create table api_keys (
      id ${text} not null primary key,
      owner ${text} not null,
      name ${text},
      scopes ${text} not null,
      hash ${text} not null,
      created_at bigint not null,
      expires_at bigint,
      revoked_at bigint,
      last_used_at bigint
    ) ${clustered}`,
  ],
};
