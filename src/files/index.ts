// Uploaded files: who uploaded what, and its bytes.
export { type FileRecord, type FileStatus, FileTooLargeError, fileStatuses } from './file-record.ts';
export {
  type FileQuery,
  type Files,
  type FilesOptions,
  type LateDetails,
  largestFile,
  type NewFile,
  type OwnerOption,
  openFiles,
  type UploadOptions,
} from './files.ts';
export { filesMigration } from './migration.ts';
