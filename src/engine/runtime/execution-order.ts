// Makes onnxruntime run nodes in about the order in which a model lists them.
import type { ModelProto, NodeProto } from '../onnx/proto.ts';

/**
 * Moves nodes whose results no other node reads to the end, the first of them last; the model is changed.
 *
 * onnxruntime sorts nodes anew: it walks back from those that nobody reads, the last one first, and runs what it meets
 * in post-order. Listed as they are created, the gradients of the first layers come first of all, with every value that
 * is recomputed for them, and weight gradients wait for the end of the backward pass: nothing is freed in time.
 * In this order each result is computed, with what it needs, after those created before it.
 */
export function orderNodes(model: ModelProto): ModelProto {
  const { graph } = model;
  if (graph === undefined) return model;
  const read = new Set(graph.node.flatMap((node) => node.input));
  const isLeaf = (node: NodeProto) => !node.output.some((name) => read.has(name));
  graph.node = [...graph.node.filter((node) => !isLeaf(node)), ...graph.node.filter(isLeaf).reverse()];
  return model;
}
