// The model registry: models, versions, aliases, stages, their lifecycle and the audit of who changed what.
export type { AuditEntry, HistoryQuery } from './audit/history.ts';
export type { AuditAction } from './audit/record.ts';
export { type ModelState, type VersionState, versionsInStage } from './audit/state.ts';
export type {
  Change,
  LoggedModelFacts,
  ModelVersion,
  Page,
  RegisteredModel,
  RegistrationStatus,
  Tag,
  TrackingLinks,
} from './entities.ts';
export { registrationStatuses } from './entities.ts';
export type { Comparison, PerformanceHistory, ProductionModel } from './insights.ts';
export { type ExperimentCommand, type ExperimentStatus, experimentMachine } from './lifecycle/experiment.ts';
export { allowedCommands, type Machine, nextState, type Transition } from './lifecycle/machine.ts';
export { type ModelCommand, type ModelStage, modelMachine } from './lifecycle/model.ts';
export type { Readiness } from './lifecycle/model-lifecycle.ts';
export { type VersionCommand, type VersionStatus, versionMachine } from './lifecycle/version.ts';
export { isProductionReady } from './lifecycle/version-lifecycle.ts';
export { registryMigrations } from './migration.ts';
export type { NewModel } from './models.ts';
export type { PurgedVersion, PurgeOptions, PurgeReport } from './purge.ts';
export { openRegistry, type Registry, type RegistryOptions } from './registry.ts';
export {
  openRegistryRestoration,
  type RegistryRestoration,
  type RestoredModel,
  type RestoredVersion,
} from './restore.ts';
export type { ModelSearch, VersionSearch } from './search.ts';
export type { SourceRequest } from './source.ts';
export { type Stage, stages } from './stages.ts';
export { tagKeys } from './tag-keys.ts';
export {
  copyVersion,
  exportVersion,
  type ImportOptions,
  importVersion,
  type VersionRecord,
} from './transfer.ts';
export type { NewVersion } from './versions/versions.ts';
