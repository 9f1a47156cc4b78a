// Optimisers, schedules, and their run over flat buffers.
export { euclideanNorm, type FlatState, type FlatStep, FlatUpdate, updateGraph } from './flat-update.ts';
export { FlatVectors } from './flat-vectors.ts';
export { assertInPlaceSafe, type InPlacePair } from './in-place.ts';
export type { FlatMemory } from './kernel/web-assembly.ts';
export * from './optimizer.ts';
export { type ScheduleName, type ScheduleOptions, scheduleMultiplier } from './schedule.ts';
