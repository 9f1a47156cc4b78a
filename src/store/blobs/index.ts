// Files below one root, in a directory or in an object store: artifacts, model files, uploads.
export { type ArtifactPath, artifactPath, isArtifactPath } from './artifact-path.ts';
export type {
  BlobContent,
  BlobEntry,
  BlobSource,
  BlobStore,
  ByteRange,
  MultipartUpload,
  MultipartUploads,
  PartRequest,
  PresignedRequest,
  UploadedPart,
  WriteOptions,
} from './blob-store.ts';
export { type BlobStoreOptions, openBlobStore } from './open-blob-store.ts';
export { type Partition, partition } from './partition.ts';
