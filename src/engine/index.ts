// The engine: typed graphs, their gradients, ONNX, the runtime, weights on disk.
export * from './autodiff/index.ts';
export * from './graph/index.ts';
export { lowerGraph, opsets } from './onnx/lower.ts';
export { decodeModel, encodeModel } from './onnx/proto.ts';
export { raiseGraph } from './onnx/raise.ts';
export * from './optim/index.ts';
export * from './runtime/index.ts';
export * from './weights/index.ts';
