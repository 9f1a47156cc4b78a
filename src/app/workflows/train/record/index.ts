// The record of a training run.
export { observeRun, type RecordedTraining, type RunObserver } from './observe.ts';
export { recordSettings } from './settings.ts';
