// From encoded examples to batches.
export { type PackedRow, type PackOptions, packSequences, type Sequence } from './pack.ts';
export { type BatchPlanOptions, planBatches } from './plan.ts';
