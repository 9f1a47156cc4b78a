// Paths of artifacts as requests give them.
import { InputError } from '../../../core/index.ts';
import { type ArtifactPath, artifactPath, isArtifactPath } from '../../../store/index.ts';

/**
 * The path of a file or folder, checked. Slashes that follow one another count as one, one at the end as none.
 * @throws InputError with MLflow's text for a path that could lead out of a root
 */
export function requestedPath(text: string): ArtifactPath {
  const path = text.replace(/(?<=[^/])\/+/g, '/').replace(/(?<=[^/])\/$/, '');
  // A `#` would begin the fragment of a URI; and what is a URI itself is no path.
  if (/#|^[a-z][a-z0-9+.-]*:\//i.test(path) || !isArtifactPath(path)) throw new InputError('Invalid path');
  return path;
}

/** The path of a folder to be listed; undefined for the root's. */
export function requestedFolder(text: string | undefined): ArtifactPath | undefined {
  return text === undefined || text === '' || text === '.' ? undefined : requestedPath(text);
}

/** A path below a folder. */
export function below(folder: ArtifactPath | undefined, path: ArtifactPath): ArtifactPath {
  return folder === undefined ? path : artifactPath(`${folder}/${path}`);
}

/** The last segment of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
