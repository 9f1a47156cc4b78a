// The decode engine: continuous batching over the slots of one loaded model.
export { DecodeEngine, type DecodeEngineOptions } from './decode-engine.ts';
export type { EngineSnapshot, FinishedText, Outcome } from './engine-metrics.ts';
export type { PrefixCacheSize } from './prefix-cache.ts';
export type * from './slot-runner.ts';
export type * from './token-request.ts';
export type { TokenStream } from './token-stream.ts';
