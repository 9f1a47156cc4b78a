// From an address to a store.
import { fileURLToPath } from 'node:url';
import { InputError, ResourceError } from '../../core/index.ts';
import type { BlobStore } from './blob-store.ts';
import { openDirectoryStore } from './directory-store.ts';
import { type Environment, serviceFor } from './services.ts';

/** Options of {@link openBlobStore}. */
export type BlobStoreOptions = {
  /** Where credentials come from; `process.env` when absent. */
  readonly environment?: Environment;
};

/**
 * Opens the store that an address names. Nothing is asked of an object store yet.
 *
 * A path or `file://` URL is a directory, made when missing. Object stores, through the optional package `opendal`:
 * - `s3://BUCKET/PREFIX`: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`; another server than
 *   Amazon's by `AWS_ENDPOINT_URL` or `MLFLOW_S3_ENDPOINT_URL`;
 * - `gs://BUCKET/PREFIX`: `GOOGLE_APPLICATION_CREDENTIALS`; an emulator by `STORAGE_EMULATOR_HOST`;
 * - `azblob://CONTAINER/PREFIX`, `wasbs://` and `abfss://CONTAINER@ACCOUNT.blob.core.windows.net/PREFIX`:
 *   `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` with `AZURE_STORAGE_ACCESS_KEY` or `AZURE_STORAGE_SAS_TOKEN`.
 *
 * Without keys in the environment, S3 and Google take those that the machine lends its programs; S3 has `multipart` only with
 * keys of the environment. An upload to S3 that fails or is broken off may leave parts in the bucket, which no listing shows: a
 * bucket should have a rule that removes incomplete uploads after some days (`AbortIncompleteMultipartUpload`).
 * Throws InputError when the address or the environment does not say enough, or the package is missing.
 */
export async function openBlobStore(uri: string, options: BlobStoreOptions = {}): Promise<BlobStore> {
  if (/^file:/i.test(uri)) return await openDirectoryStore(directoryOf(uri), uri);
  // One letter before a colon is a drive.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(uri)) return await openDirectoryStore(uri);
  const { scheme, options: settings } = serviceFor(uri, options.environment ?? process.env);
  return await openObjectStore(uri, { scheme, settings });
}

function directoryOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new InputError(`Cannot keep files in '${uri}': it is not file:///DIRECTORY; correct the address`, {
      cause,
    });
  }
}

/** Opens a service of opendal under its own name, with its own settings. */
export async function openObjectStore(
  uri: string,
  { scheme, settings }: { readonly scheme: string; readonly settings: Readonly<Record<string, string>> },
): Promise<BlobStore> {
  const opendal = await loadOpendal(uri);
  const { objectStore } = await import('./object-store.ts');
  const multipart = scheme === 's3' ? (await import('./s3-multipart.ts')).s3Multipart(settings) : undefined;
  try {
    return objectStore(new opendal.Operator(scheme, { ...settings }), { uri, multipart });
  } catch (cause) {
    throw new ResourceError(
      `Cannot open '${uri}': ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

async function loadOpendal(uri: string) {
  try {
    return await import('opendal');
  } catch (cause) {
    throw new InputError(
      `Cannot keep files in '${uri}': opendal is missing; run: npm install opendal@0.47.11`,
      {
        cause,
      },
    );
  }
}
