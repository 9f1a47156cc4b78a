// Loaded models as runners of slots: the graph over cached attention, the memory of keys and values, adapters.
export { openRunner, type Precision, type RunnerOptions } from './open-runner.ts';
