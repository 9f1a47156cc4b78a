// Activation checkpointing: values inside a marked segment are computed again for the backward pass.
import { apply, type Node, type OpAttributes, type OpName, type Tensor } from '../graph/index.ts';

/** Stands copies of a segment's nodes in for the originals, so that the originals' values can be freed early. */
export class Recomputation {
  readonly #copies = new Map<Node, readonly Tensor[]>();

  /** The values that `reader`'s gradient rule reads: copies of those that its own segment produced. */
  values(reader: Node, tensors: readonly Tensor[]): readonly Tensor[] {
    if (reader.segment === undefined) return tensors;
    return tensors.map((tensor) => this.#copy(tensor, reader.segment));
  }

  #copy(tensor: Tensor, segment: number | undefined): Tensor {
    const { node } = tensor;
    if (node.segment !== segment || node.inputs.length === 0) return tensor;
    let copies = this.#copies.get(node);
    if (copies === undefined) {
      const inputs = node.inputs.map((input) => this.#copy(input, segment));
      copies = apply(node.op, inputs, node.attributes as OpAttributes[OpName]);
      this.#copies.set(node, copies);
    }
    return copies[tensor.index] as Tensor;
  }
}
