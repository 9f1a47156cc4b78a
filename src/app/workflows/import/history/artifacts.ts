// Copies artifacts into the store that the server hands on.

import { type ArtifactPath, artifactPath } from '../../../../store/index.ts';
import type { SourceFile } from '../source/source.ts';
import { checkGoesOn, type ImportContext, type OwnProblems } from './context.ts';

/** Where something's artifacts are to lie. */
export type ArtifactTarget = {
  /** In messages: whose they are. */
  readonly what: string;
  readonly artifactUri: string;
  readonly place: string;
  /** From the root of our store on. */
  readonly folder: string;
};

/** Where the artifacts are after the import: here if they are copied, else where clients reach them now. */
export function uriAfterImport(context: ImportContext, target: ArtifactTarget): string {
  const isHere =
    context.copyArtifacts && context.source.artifacts(target, () => undefined).files !== undefined;
  return isHere ? `mlflow-artifacts:/${target.folder}` : context.source.remoteUri(target.artifactUri);
}

/** Copies what can be copied; tells what cannot. A file of the same size that is there already is not copied again. */
export async function copyArtifacts(
  context: ImportContext,
  target: ArtifactTarget,
  problems: OwnProblems,
): Promise<void> {
  if (!context.copyArtifacts) return;
  const { what } = target;
  const found = context.source.artifacts(target, (problem) => problems.tell({ ...problem, what }));
  if (found.files === undefined) {
    if (found.reason !== undefined) problems.tell({ what: `${what}, artifacts`, reason: found.reason });
    return;
  }
  const { files } = found;
  await problems.attempt(`${what}, artifacts`, async () => {
    for await (const file of files) {
      checkGoesOn(context.signal);
      const named = `${what}, artifact ${JSON.stringify(file.path)}`;
      await problems.attempt(named, () => copyFile(context, file, target.folder));
    }
  });
}

async function copyFile({ stores, counter }: ImportContext, file: SourceFile, folder: string): Promise<void> {
  // The whole path: what leaves its folder would not be a path of its owner.
  artifactPath(file.path);
  const path: ArtifactPath = artifactPath(`${folder}/${file.path}`);
  const present = await stores.artifacts.stat(path);
  if (present !== undefined && !present.isDirectory && present.size === file.size) return;
  const bytes = await stores.artifacts.write(path, file.open(), { size: file.size });
  counter.artifact(bytes);
}
