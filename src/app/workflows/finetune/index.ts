// Fine-tuning as jobs: submitted by a protocol, carried out by a worker, ended with a published model.
export type { FineTuneServices } from './services.ts';
export * from './spec.ts';
export {
  cancelFineTune,
  type FineTuneJob,
  type FineTuneRequest,
  faceLabel,
  fineTuneJob,
  submitFineTune,
} from './submit.ts';
export { runIdOf, tunedModelId } from './tuned-id.ts';
export { type FineTuneKindOptions, fineTuneJobKind } from './worker-kind.ts';
