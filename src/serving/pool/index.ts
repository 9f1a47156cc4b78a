// The pool of loaded models.
export {
  type ModelChoice,
  type ModelLease,
  ModelPool,
  type ModelPoolOptions,
  type ModelSnapshot,
  type PoolEvent,
} from './model-pool.ts';
export { loadTokenizer, type ModelText, readModelText, usualSampling } from './model-text.ts';
export { type AdapterLimits, type AdapterSource, ServedModel } from './served-model.ts';
