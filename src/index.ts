// Hone as a library: its parts by name, and the errors that all of them throw.
/** The DPO service's call: trains by the reference DPO trainer's settings. */
export { type RunTrainingRequest, type RunTrainingResult, runTraining } from './app/index.ts';
export {
  InputError,
  InputErrors,
  type InputLocation,
  InterruptedError,
  NumericError,
  ResourceError,
} from './core/index.ts';
/** Sources, formats, examples, splits, batches. */
export * as data from './data/index.ts';
/** Typed graphs, their gradients, ONNX, the runtime, weights on disk. */
export * as engine from './engine/index.ts';
/** Model families and generation. */
export * as models from './models/index.ts';
/** Tokenizers, chat templates, loss masks. */
export * as text from './text/index.ts';
