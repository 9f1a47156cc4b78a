// Records of runs that wait on disk, sent to where they belong.
export type { Replayed } from '../../../tracking/index.ts';
export { type SyncOptions, syncRuns } from './sync-runs.ts';
