// One level of the artifacts under a URI, for runs and logged models.
import type { ArtifactPath } from '../../../store/index.ts';
import type { ArtifactRoots } from '../artifact-roots.ts';
import { type fileInfo, toFileInfo } from '../messages/file-info.ts';
import type { Output } from '../wire/index.ts';
import { below } from './artifact-name.ts';

/** The files and folders in `folder` of the artifacts at `rootUri`, their paths from that root on. */
export async function listArtifactsAt(
  roots: ArtifactRoots,
  rootUri: string,
  folder: ArtifactPath | undefined,
): Promise<readonly Output<typeof fileInfo>[]> {
  const root = roots.placeOf(rootUri);
  const entries = await root.store.list(folder === undefined ? root.folder : below(root.folder, folder));
  return entries.map((entry) => toFileInfo(entry, folder));
}
