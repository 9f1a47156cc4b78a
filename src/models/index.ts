// Language models as builders of graphs.
export * from './layers/index.ts';
export type { LlamaConfig, RopeConfig } from './llama/config.ts';
export { llamaModel } from './llama/model.ts';
export type * from './model.ts';
export { GraphWeights } from './weights.ts';
