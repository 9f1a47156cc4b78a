// Permanent deletion: takes what is in state deleted out of the database, and names the files that are left.
export type { PurgeCounts } from './count-rows.ts';
export type { DoomedExperiment, DoomedModel, DoomedRun, PurgeScope } from './doomed.ts';
export { purgeMigration } from './migration.ts';
export type { Purge, PurgedArtifacts } from './purge.ts';
