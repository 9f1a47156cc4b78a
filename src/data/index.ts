// Data: files of any kind to checked examples, and examples to batches.
export * from './batches/index.ts';
export {
  type EncodedExample,
  type EncodeExampleOptions,
  type EncodeResult,
  encodeExample,
  encodeExamples,
} from './encode.ts';
export type {
  ChatExample,
  CompletionExample,
  Example,
  Origin,
  PreferenceExample,
  Purpose,
  TextExample,
  Turn,
  UnpairedExample,
} from './example.ts';
export { describeFault, describePlace, type Fault, type FaultKind } from './fault.ts';
export { type ColumnMapping, type DetectedFormat, type FormatName, formatNames } from './formats/index.ts';
export * from './inspect/index.ts';
export { type ExampleOptions, loadExamples, readExamples } from './load.ts';
export * from './preference-sets/index.ts';
export { expandPaths, type ReadOptions, type Row, readRows } from './sources/index.ts';
export { type Split, type SplitOptions, splitExamples } from './split.ts';
export * from './toy/index.ts';
