// What a store of files does, wherever it keeps them.
import type { Readable } from 'node:stream';
import type { ArtifactPath } from './artifact-path.ts';

/** A file or a folder. */
export type BlobEntry = {
  /** From the store's root on. */
  readonly path: ArtifactPath;
  readonly isDirectory: boolean;
  /** In bytes; 0 for a folder. */
  readonly size: number;
};

/** Bytes `start` to before `end` (the file's end when absent or beyond it). */
export type ByteRange = { readonly start: number; readonly end?: number | undefined };

/** A file that is being read. */
export type BlobContent = {
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** The bytes asked for, as they come; ends with an error, never early, when they cannot all be had. */
  readonly stream: Readable;
};

/** What a file is written from; it is read as fast as it can be stored, and never held in memory as a whole. */
export type BlobSource = Uint8Array | AsyncIterable<Uint8Array>;

/** Options of {@link BlobStore.write}. */
export type WriteOptions = {
  /** The number of bytes announced; when another number comes, the write fails. Needed above 160 GB. */
  readonly size?: number | undefined;
};

/** A request that its holder may make of the object store itself, without credentials, until it expires. */
export type PresignedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** A request by which one part of an upload is sent to the object store itself, with `PUT`, until it expires. */
export type PartRequest = {
  /** From 1 on. */
  readonly number: number;
  readonly url: string;
};

/** A part that was sent, with the `ETag` of the object store's answer. */
export type UploadedPart = { readonly number: number; readonly etag: string };

/** An upload that has begun. */
export type MultipartUpload = { readonly uploadId: string; readonly parts: readonly PartRequest[] };

/**
 * Uploads whose parts somebody else sends to the object store. One that is neither completed nor aborted keeps its parts there,
 * unseen and paid for, until a rule of the bucket removes them.
 *
 * All methods throw InputError for what the store finds wrong with the parts, NotFoundError where there is no such upload to that
 * path, ResourceError where the store refuses or fails.
 */
export interface MultipartUploads {
  /** Begins an upload of 1 to 10,000 parts, each but the last of 5 MiB or more. ConflictError as for `write`. */
  create(path: ArtifactPath, options: { readonly parts: number }): Promise<MultipartUpload>;
  /** Makes the parts, which are ordered by number, the file at the path, in place of one that is there. */
  complete(
    path: ArtifactPath,
    upload: { readonly uploadId: string; readonly parts: readonly UploadedPart[] },
  ): Promise<void>;
  /** Removes an upload with the parts that were sent. */
  abort(path: ArtifactPath, uploadId: string): Promise<void>;
}

/**
 * Files below one root. A folder is there as long as files are in it; on a file system an emptied folder may stay.
 *
 * All methods throw NotFoundError where a named file is missing, ConflictError where a file and a folder would bear one name,
 * InputError for a path that the place cannot hold, ResourceError where the place refuses or fails.
 */
export interface BlobStore {
  /** Where the files are, as it was given to `openBlobStore`. */
  readonly uri: string;
  /** One level of a folder, the root's when none is named, ordered by path; nothing when there is no such folder. */
  list(folder?: ArtifactPath): Promise<readonly BlobEntry[]>;
  /** The file or folder at a path, if there is one. */
  stat(path: ArtifactPath): Promise<BlobEntry | undefined>;
  /** Opens a file. InputError where the range begins beyond its end. */
  read(path: ArtifactPath, range?: ByteRange): Promise<BlobContent>;
  /**
   * Puts a file at a path, in place of one that is there: whole and safe from a power cut once the promise is fulfilled; when it
   * is rejected, what was there is there still. Of several writers at once, one has its whole content kept.
   *
   * @returns the number of bytes written
   */
  write(path: ArtifactPath, source: BlobSource, options?: WriteOptions): Promise<number>;
  /** Removes a file, or a folder with all that is in it. */
  delete(path: ArtifactPath): Promise<void>;
  /** A request that reads a file from the object store itself; absent where the place has none. */
  presignRead?(path: ArtifactPath, options: { readonly expiresInSeconds: number }): Promise<PresignedRequest>;
  /** Uploads in parts; absent where the place has none, or the credentials are not there to sign them. */
  readonly multipart?: MultipartUploads;
}
