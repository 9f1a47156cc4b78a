// Applies operations: the one place where nodes come into being.
import { inferTypes } from './infer.ts';
import type { Node, OpAttributes, OpName, Tensor } from './types.ts';

let nextId = 0;
let nextSegment = 0;
let currentSegment: number | undefined;

/**
 * Applies an operation to operands.
 * @returns its outputs, most operations have one
 * @throws GraphError when the operands do not fit
 */
export function apply<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const types = inferTypes(op, inputs, attributes);
  const node = { id: nextId++, op, attributes, inputs, outputs, segment: currentSegment } as unknown as Node;
  types.forEach(({ dtype, shape }, index) => {
    outputs.push({ node, index, dtype, shape });
  });
  return outputs;
}

/** Applies an operation with one output. */
export function applyOne<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
): Tensor {
  return apply(op, inputs, attributes)[0] as Tensor;
}

/**
 * Marks all that `build` creates as a segment whose inner values are not kept for the backward pass but
 * computed again there (activation checkpointing): less memory, one more forward of the segment.
 */
export function recomputed<T>(build: () => T): T {
  const outer = currentSegment;
  currentSegment = outer ?? nextSegment++;
  try {
    return build();
  } finally {
    currentSegment = outer;
  }
}
