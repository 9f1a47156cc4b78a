// From encoded examples to batches.
export { type Batch, type CollateOptions, collatePreference, collateSft, type Sequence } from './collate.ts';
export { type PackedRow, type PackOptions, packSequences } from './pack.ts';
export { type BatchPlanOptions, planBatches } from './plan.ts';
