// All graph cases: a table that must hold some for every operation, and graphs of several operations.
import type { OpName } from '../../engine/index.ts';
import { cachedAttentionCases } from './cached-attention.ts';
import type { GraphCase } from './case.ts';
import { compositeCases } from './composite.ts';
import { elementwiseCases } from './elementwise.ts';
import { layoutCases } from './layout.ts';
import { productCases } from './products.ts';
import { reductionCases } from './reductions.ts';

export { type BuiltCase, buildCase, buildGradientCase, float, type GraphCase, hostTensor } from './case.ts';
export { feedForward } from './composite.ts';

/** An operation without a case is a type error. */
export const operationCases: { readonly [K in OpName]: readonly GraphCase[] } = {
  ...elementwiseCases,
  ...cachedAttentionCases,
  ...layoutCases,
  ...productCases,
  ...reductionCases,
};

/** Every case there is; names are unique. */
export const allCases: readonly GraphCase[] = [...Object.values(operationCases).flat(), ...compositeCases];
