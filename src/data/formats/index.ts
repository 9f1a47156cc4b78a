// Data formats: told apart and converted to examples.
export { type ColumnMapping, checkMapping } from './columns.ts';
export {
  convertRow,
  type DetectedFormat,
  type DetectOptions,
  detectFormat,
  ignoredColumns,
  unknownFormat,
} from './detect.ts';
export { type FormatName, formatNames } from './format.ts';
export { purposesOf } from './purpose.ts';
