// The bottom folder: imports nothing of Hone.
export * from './errors.ts';
export { canonicalJson, fingerprint, sha256 } from './hash.ts';
export { didYouMean, nearest } from './nearest.ts';
export { Random, type RandomState } from './random.ts';
