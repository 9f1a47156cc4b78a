// Which store, and where in it, the URI of a run's or model's artifacts means.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../core/index.ts';
import { type ArtifactPath, artifactPath, type BlobStore, openBlobStore } from '../../store/index.ts';

/** A folder of a store; the store's root when `folder` is absent. */
export type ArtifactPlace = { readonly store: BlobStore; readonly folder: ArtifactPath | undefined };

/** The stores from which this server serves artifacts. */
export interface ArtifactRoots {
  /** What `mlflow-artifacts:` URIs and the proxy's routes mean. */
  readonly proxy: BlobStore;
  /**
   * The place that a URI means.
   * @throws InputError for a URI outside of all roots
   */
  placeOf(uri: string): ArtifactPlace;
}

type Root = { readonly store: BlobStore; readonly prefix: string };

/**
 * The roots of a server: the proxy's, under its own address too, and the one under which new experiments are told that
 * their artifacts lie, when it is another.
 * @param artifactRoot a URI or path as `--artifact-root` has it
 */
export async function openArtifactRoots(proxy: BlobStore, artifactRoot?: string): Promise<ArtifactRoots> {
  const other =
    artifactRoot === undefined || isProxied(artifactRoot) ? [] : [await openBlobStore(artifactRoot)];
  const roots = [proxy, ...other].map((store): Root => ({ store, prefix: canonical(store.uri) }));
  return {
    proxy,
    placeOf: (uri) => proxiedPlace(proxy, uri) ?? placeWithin(roots, uri),
  };
}

function isProxied(uri: string): boolean {
  return /^(mlflow-artifacts|https?):/i.test(uri);
}

/** `mlflow-artifacts:/path`, `mlflow-artifacts://host/path`, and the proxy's routes by their URL. */
function proxiedPlace(store: BlobStore, uri: string): ArtifactPlace | undefined {
  const path =
    /^mlflow-artifacts:(?:\/\/[^/]*)?(.*)$/is.exec(uri)?.[1] ??
    /^https?:\/\/[^/]+.*?\/api\/2\.0\/mlflow-artifacts\/artifacts(\/.*|)$/is.exec(uri)?.[1];
  return path === undefined ? undefined : { store, folder: folderOf(path) };
}

function placeWithin(roots: readonly Root[], uri: string): ArtifactPlace {
  const wanted = canonical(uri);
  for (const { store, prefix } of roots)
    if (wanted === prefix || wanted.startsWith(`${prefix}/`))
      return { store, folder: folderOf(wanted.slice(prefix.length)) };
  const served = ['mlflow-artifacts:/', ...roots.map(({ store }) => store.uri)].join(', ');
  throw new InputError(
    `Cannot serve the artifacts at '${uri}': this server serves those under ${served}; read them from where they lie, or start the server with that root`,
  );
}

/** Absolute, without a slash at its end; directories as paths, whichever way they were written. */
function canonical(uri: string): string {
  return place(uri).replace(/\/+$/, '');
}

function place(uri: string): string {
  if (/^file:/i.test(uri)) {
    try {
      return fileURLToPath(uri);
    } catch {
      return uri;
    }
  }
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) ? uri : resolve(uri);
}

function folderOf(path: string): ArtifactPath | undefined {
  const relative = path.replace(/^\/+|\/+$/g, '');
  return relative === '' ? undefined : artifactPath(relative);
}
