// The application: each workflow joins the features that it needs, and is loaded when it is used.
export type { ApiKey } from '../access/index.ts';
export type {
  ColumnMapping,
  DataCheck,
  DataStats,
  FormatName,
  PreviewSide,
  Purpose,
  Summary,
} from '../data/index.ts';
export type { Job, JobEvent, JobState, JsonValue } from '../jobs/index.ts';
export type { AuditEntry, ModelVersion, RegisteredModel } from '../registry/index.ts';
export type { Run } from '../tracking/index.ts';
export type { RunControl, RunEvent, RunSummary, TrainConfig } from '../training/index.ts';
export type { Delivery as WebhookDelivery, Endpoint as WebhookEndpoint } from '../webhooks/index.ts';
export type { GeneratedText } from './generate.ts';
export type { ChatEvent, Conversation } from './generate-chat.ts';
export type { Prompt, SamplingRequest, TextModel } from './generate-model.ts';
export {
  describeFailure,
  type FromProgram as MessageOfJob,
  isOutOfMemory,
  type JobContext,
  JobFault,
  type JobKind,
  type JobProgram,
  memoryError,
  type Outcome as JobOutcome,
  runJobProcess,
  type StartMessage,
  type ToProgram as MessageToJob,
} from './job-process/index.ts';
export type {
  ModelCatalogue,
  ModelDirectories,
  NewTunedModel,
  ServableModel,
  Visibility,
} from './models/index.ts';
export { tunedEnvironment, tunedMark } from './process-tuning.ts';
export { type RunTrainingRequest, type RunTrainingResult, runTraining } from './run-training.ts';
export type { ServiceOptions, Services, ServingOptions } from './services.ts';
export type { StoreLocations, Stores } from './stores.ts';
export type { ServedText, ServiceRequest, TextService } from './text-service.ts';
export type { Finding } from './workflows/doctor/index.ts';
export type { Evaluation, EvaluationRequest } from './workflows/evaluate/index.ts';
export { fineTuneKind } from './workflows/finetune/kind.ts';
export type {
  FineTuneCheckpoint,
  FineTuneMetrics,
  FineTuneProgress,
  FineTuneResult,
  FineTuneSpec,
  NewFineTuneSpec,
  ResolvedHyperparameters,
} from './workflows/finetune/spec.ts';
export type { ImportCounts, ImportReport, ImportRequest } from './workflows/import/index.ts';
export type { MergedModel, MergeRequest } from './workflows/merge/index.ts';
export type { ModelDetails } from './workflows/models/index.ts';
export type {
  ModelName as QuickstartModelName,
  QuickstartEvent,
  QuickstartResult,
} from './workflows/quickstart/index.ts';
export type {
  ArtifactTree,
  Column,
  ComparedRow,
  ExportFormat,
  GarbagePreview,
  GarbageReport,
  Leaderboard,
  MetricOrder,
  MetricSummary,
  RunComparison,
  RunDetails,
  RunList,
  RunSelection,
  RunSource,
  Targets,
} from './workflows/runs/index.ts';
export type { Replayed, SyncOptions } from './workflows/sync-runs/index.ts';
export type {
  PreparedReference,
  ReferenceSource,
  TrainingControl,
  TrainingRun,
  TrainingSource,
} from './workflows/train/index.ts';

/** The workflows; each loads with what it needs, so that a command pays for nothing else. */
export const workflows = {
  quickstart: () => import('./workflows/quickstart/index.ts'),
  train: () => import('./workflows/train/index.ts'),
  evaluate: () => import('./workflows/evaluate/index.ts'),
  merge: () => import('./workflows/merge/index.ts'),
  data: () => import('./workflows/data/index.ts'),
  generate: () => import('./generate-all.ts'),
  doctor: () => import('./workflows/doctor/index.ts'),
  models: () => import('./workflows/models/index.ts'),
  runs: () => import('./workflows/runs/index.ts'),
  syncRuns: () => import('./workflows/sync-runs/index.ts'),
  importHistory: () => import('./workflows/import/index.ts'),
  finetune: () => import('./workflows/finetune/index.ts'),
  fineTuneWork: () => import('./workflows/finetune/worker-kind.ts'),
  services: () => import('./services.ts'),
  keys: () => import('./workflows/keys/index.ts'),
  jobs: () => import('./workflows/jobs/index.ts'),
  webhooks: () => import('./workflows/webhooks/index.ts'),
  stores: () => import('./stores.ts'),
} as const;
