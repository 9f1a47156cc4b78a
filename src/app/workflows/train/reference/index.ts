// The reference DPO trainer's command line and configuration tree.
export { isReferenceCommand } from './command.ts';
export {
  formatReferenceConfig,
  loadReferenceConfig,
  type ReferenceSource,
  referenceConfigDirectory,
} from './load.ts';
export {
  type PreparedReference,
  prepareReferenceRun,
  type ReferenceRun,
  runReferenceTraining,
} from './run.ts';
export { type ReferenceConfig, referenceSchema } from './schema.ts';
export {
  validateAllConfigs,
  validateHydraConfig,
  validateLossConfig,
  validateModelConfig,
  validateTrainingConfig,
} from './validate.ts';
