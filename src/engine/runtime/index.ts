// Runs graphs: onnxruntime in earnest, a slow interpreter as its oracle.
export { type Feed, interpret, type Value } from './interpreter/index.ts';
export {
  float32,
  type HostData,
  type HostTensor,
  type HostTensors,
  int64,
  runtimeInfo,
  Session,
  type SessionOptions,
} from './onnxruntime.ts';
