// What a user wants to know of data before training on it.

export type { FaultSummary } from '../fault-log.ts';
export { type CheckOptions, checkData, type DataCheck } from './check.ts';
export type { Summary } from './distribution.ts';
export { describeLeak, findLeaks, type Leak } from './leaks.ts';
export { type PreviewSegment, type PreviewSide, previewEncoded, previewExample } from './preview.ts';
export { type DataStats, dataStats, type StatsOptions } from './stats.ts';
