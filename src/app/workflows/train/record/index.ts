// The record of a training run.
export { observeRun, type RecordedTraining, type RunObserver } from './observe.ts';
export { type RecordPlace, recordSettings } from './settings.ts';
