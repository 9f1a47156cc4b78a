// Which store, and which folder of it, the URI of artifacts means.
import { fileURLToPath } from 'node:url';
import { InputError } from '../core/index.ts';
import { type ArtifactPath, artifactPath, type BlobStore, openBlobStore } from '../store/index.ts';

/** A folder of a store; the store's root where `folder` is absent. */
export type ArtifactPlace = { readonly store: BlobStore; readonly folder: ArtifactPath | undefined };

/**
 * Below `mlflow-artifacts:` lies what `proxied` holds; other places are opened themselves.
 * @throws InputError for a place that only its own server reaches
 */
export async function artifactPlace(uri: string, proxied: BlobStore): Promise<ArtifactPlace> {
  const path = proxiedPath(uri);
  if (path !== undefined) return { store: proxied, folder: path === '' ? undefined : artifactPath(path) };
  if (/^https?:/i.test(uri))
    throw new InputError(
      `Cannot read the artifacts at '${uri}': they lie on a server; ask that one by --uri`,
    );
  return { store: await openBlobStore(uri), folder: undefined };
}

/** The path below `mlflow-artifacts:`; undefined for other URIs. */
export function proxiedPath(uri: string): string | undefined {
  return /^mlflow-artifacts:(?:\/\/[^/]*)?(.*)$/is.exec(uri)?.[1]?.replace(/^\/+|\/+$/g, '');
}

/** The directory that a path or file: URL names; undefined for other places. */
export function localDirectory(uri: string): string | undefined {
  if (/^file:/i.test(uri)) return fileURLToPath(uri);
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) ? undefined : uri;
}
