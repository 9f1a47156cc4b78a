// Imports the history of other trackers.
export type { ImportCounts, Tally, TallyKind } from './history/counts.ts';
export type { ImportedExperiment } from './history/import-experiment.ts';
export { type ImportReport, type ImportRequest, importHistory } from './import-history.ts';
export { describeProblem, type Problem } from './problems.ts';
