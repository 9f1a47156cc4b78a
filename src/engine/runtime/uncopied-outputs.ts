// Spares outputs that are written to given memory the copy that onnxruntime-node makes of every output.
import { type ModelProto, node, sequenceInfo } from '../onnx/proto.ts';

const name = 'uncopied';

/**
 * Adds an output that stops the copying; the model is changed.
 *
 * After a run, onnxruntime-node copies every output into a new array, those in the caller's memory as well: for a cache of
 * keys and values that takes several times as long as the step. It copies in the order of the outputs and ends with an error at
 * the first that is no tensor. An empty sequence in front of the others is such a one; the run itself is over by then.
 */
export function leaveUncopied(model: ModelProto): ModelProto {
  model.graph?.node.push(node('SequenceEmpty', [], [name], { name }));
  model.graph?.output.unshift(sequenceInfo(name));
  return model;
}

/** Whether an error only says that outputs were not copied. */
export function isUncopied(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Non tensor type is temporarily not supported');
}
