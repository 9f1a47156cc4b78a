// History from elsewhere, written as it was.
export { type Misfit, partBatch } from './part-batch.ts';
export {
  openRestoration,
  type Restoration,
  type RestoredExperiment,
  type RestoredLoggedModel,
  type RestoredRun,
} from './restoration.ts';
