// Registered models looked up and changed by hand.
export { stages, versionsInStage } from '../../../registry/index.ts';
export {
  archive,
  deleteAlias,
  deleteModel,
  promote,
  restoreModel,
  setAlias,
  signed,
} from './change-models.ts';
export { findModel, findNamed, findVersion } from './find-versions.ts';
export { listModels, type ModelDetails, showModel } from './show-model.ts';
