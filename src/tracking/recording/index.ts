// Recording a run that happens elsewhere: a spool on disk, its sender, and the targets it is sent to.
export { checkServerUrl, MlflowClient, type MlflowClientOptions } from './mlflow-client.ts';
export { mlflowTarget } from './mlflow-target.ts';
export { type Replayed, type ReplayOptions, replaySpool } from './replay.ts';
export { type RecordedRun, type RecordedStatus, type RunTarget, runKeyTag } from './run-target.ts';
export {
  type Delivery,
  type FinishOptions,
  type OpenTarget,
  type SenderOptions,
  SpoolSender,
} from './sender.ts';
export { readHeader, Spool, type SpoolState } from './spool.ts';
export type { SpoolEntry, SpoolHeader } from './spool-entries.ts';
export { findSpools } from './spool-files.ts';
export { type StoreTargetOptions, storeTarget } from './store-target.ts';
