// Logged models: kept, measured by runs and searched.
export {
  type LoggedModel,
  type LoggedModelMetric,
  type LoggedModelStatus,
  loggedModelStatuses,
} from './entities.ts';
export { type LoggedModelQuery, LoggedModelSearch } from './logged-model-search.ts';
export { LoggedModels, type NewLoggedModel } from './logged-models.ts';
export { loggedModelsMigration } from './migration.ts';
export type { DatasetFilter } from './model-conditions.ts';
export type { ModelOrder } from './model-order.ts';
