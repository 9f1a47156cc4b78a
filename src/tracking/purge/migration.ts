// The tables of permanent deletion.
import type { Migration } from '../../store/index.ts';

/**
 * `purged_artifacts` remembers, from the transaction that removes the rows on, which files are still to be removed. The index finds
 * what a run measured of logged models.
 */
export const purgeMigration: Migration = {
  name: '0005-purge',
  statements: ({ text, identity }) => [
    `create table purged_artifacts (
      id ${identity},
      owner ${text} not null,
      uri ${text} not null
    )`,
    'create index logged_model_metrics_by_run on logged_model_metrics (run)',
  ],
};
