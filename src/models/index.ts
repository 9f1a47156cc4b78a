// Language models as builders of graphs; their checkpoints; generation.
export * from './adapters/index.ts';
export * from './checkpoint/index.ts';
export type { JsonObject, SpecialTokenIds } from './config-json.ts';
export { modelFromConfig, modelTypes } from './families.ts';
export * from './generation/index.ts';
export { initializeParameters } from './initialize.ts';
export * from './layers/index.ts';
export type { LlamaConfig, RopeConfig } from './llama/config.ts';
export { formatLlamaConfig } from './llama/format-config.ts';
export { llamaModel } from './llama/model.ts';
export { llamaPresets, type NewLlamaOptions, newLlamaConfig } from './llama/new-config.ts';
export { parseLlamaConfig } from './llama/parse-config.ts';
export type * from './model.ts';
export { isNewModel, newModel } from './new-model.ts';
export { GraphWeights } from './weights.ts';
