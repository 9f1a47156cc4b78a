// Typed graphs: tensors, operations, and the checks that refuse bad ones.
export { bindDims, type FeedType } from './bind-dims.ts';
export { apply, applyOne, recomputed } from './build.ts';
export { checkGraph, describeNode } from './check.ts';
export * from './dims.ts';
export { formatGraph } from './format.ts';
export * from './functions.ts';
export { GraphError, inferTypes, normalizeAxis } from './infer.ts';
export type * from './types.ts';
export { inputsOf, nodesOf } from './walk.ts';
