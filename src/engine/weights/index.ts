// Weights on disk, in the safetensors format.
export type { Dtype, RawArray } from './dtype.ts';
export type { TensorInfo } from './header.ts';
export { openWeights, type Weights } from './read.ts';
export { type TensorToWrite, type WriteOptions, type WrittenWeights, writeSafetensors } from './write.ts';
