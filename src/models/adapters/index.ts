// LoRA adapters: configuration, graphs, PEFT's files, merging.
export { dropoutMask } from './dropout.ts';
export { type AdaptableModel, type LoraConfig, loraScale, loraTargets } from './lora-config.ts';
export { loraNames, loraParameters } from './lora-parameters.ts';
export { type DropoutInput, LoraWeights, type LoraWeightsOptions } from './lora-weights.ts';
export { checkMergeBase, type MergeOptions, mergeAdapter } from './merge.ts';
export { adapterBase, type LoadedAdapter, loadAdapter, type OpenedAdapter, openAdapter } from './open.ts';
export { type SaveAdapterOptions, saveAdapter } from './save.ts';
