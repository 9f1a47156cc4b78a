// Loaded models as runners of slots: the graph over cached attention, the memory of keys and values, adapters.
export type { Precision } from './constant-weights.ts';
export { openRunner, type RunnerOptions } from './open-runner.ts';
