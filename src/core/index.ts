// The bottom folder: imports nothing of Hone.

export { removeDirectoryAtomic, replaceDirectoryAtomic } from './atomic-directory.ts';
export { AtomicFile, syncDirectory, writeFileAtomic } from './atomic-file.ts';
export { ContextLengthError } from './context-length-error.ts';
export * from './errors.ts';
export { fileError, isSystemError } from './file-error.ts';
export { canonicalJson, fingerprint, sha256 } from './hash.ts';
export { base62, timeOrderedId } from './ids.ts';
export { didYouMean, nearest } from './nearest.ts';
export { Random, type RandomState } from './random.ts';
export { Secret } from './secret.ts';
export { removeStaleTemporaries } from './temporary.ts';
