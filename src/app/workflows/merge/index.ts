// Folds an adapter into its base model and saves the result.
export { type MergedModel, type MergeRequest, mergeModel } from './merge.ts';
