// Inputs and outputs of runs.
export { datasetCondition } from './dataset-condition.ts';
export type { Dataset, DatasetInput, DatasetSummary, ModelOutput, RunInputs } from './entities.ts';
export { Inputs, type NewInputs } from './inputs.ts';
