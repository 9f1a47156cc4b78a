// What a kernel of the interpreter is given, and the type of the table that must hold one for every operation.
import type { Dim, DType, OpAttributes, OpName } from '../../graph/index.ts';
import type { Value } from './value.ts';

/** One application of an operation, all dimensions known. */
export type Application<Attributes> = {
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[];
  /** The value of a dimension at this run. */
  readonly size: (dim: Dim) => number;
};

/** Computes the data of each output. */
export type Kernel<K extends OpName> = (application: Application<OpAttributes[K]>) => readonly Float64Array[];

/** A kernel that reads no attribute serves several operations. */
export type PlainKernel = (application: Application<unknown>) => readonly Float64Array[];

export type Kernels<K extends OpName = OpName> = { readonly [P in K]: Kernel<P> };

/** Operand `i`, which shape inference has made sure of. */
export function operand({ inputs }: Application<unknown>, i = 0): Value {
  return inputs[i] as Value;
}

/** The shape of the first output. */
export function resultShape({ outputs }: Application<unknown>): readonly number[] {
  return outputs[0]?.shape ?? [];
}

/** An index that lies within `size`. Throws a RangeError for any other, negative ones included. */
export function checkedIndex(index: number, size: number): number {
  if (index < 0 || index >= size) throw new RangeError(`Index ${index} is outside [0, ${size})`);
  return index;
}
