// Data files looked over before training on them.
export {
  checkData,
  type DataCheck,
  type DataStats,
  dataStats,
  describeFault,
  type Fault,
  formatNames,
  type Summary,
  type ToyFiles,
  writeToyData,
} from '../../../data/index.ts';
export { type DataPreview, type PreviewRequest, previewData } from './preview.ts';
export { openTokenizer } from './tokenizer.ts';
