// What tests share: cases of every operation, finite differences, comparison, golden files, a tiny model.
export { relativeDifference } from './difference.ts';
export { finiteDifferences } from './finite-differences.ts';
export { formatLowered } from './format-model.ts';
export { golden } from './golden.ts';
export {
  allCases,
  type BuiltCase,
  buildCase,
  buildGradientCase,
  feedForward,
  type GraphCase,
  hostTensor,
  operationCases,
} from './graph-cases/index.ts';
export { writeTinyChatModel } from './tiny-chat-model.ts';
