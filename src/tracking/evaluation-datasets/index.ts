// Evaluation datasets: inputs and what is expected of an application for them.
import type { Database } from '../../store/index.ts';
import { EvaluationDatasets } from './evaluation-datasets.ts';
import type { EvaluationDatasetTables } from './tables.ts';

export type { DatasetRecords } from './dataset-records.ts';
export type { DatasetRecord, EvaluationDataset, NewRecord, RecordSource } from './entities.ts';
export type { EvaluationDatasets, NewEvaluationDataset } from './evaluation-datasets.ts';
export { evaluationDatasetsMigration } from './migration.ts';
export { readRecords } from './read-records.ts';
export type { EvaluationDatasetQuery } from './search-datasets.ts';

/** Opens the evaluation datasets of a database that has been migrated. */
export function openEvaluationDatasets(database: Database): EvaluationDatasets {
  return new EvaluationDatasets(database.tables<EvaluationDatasetTables>());
}
