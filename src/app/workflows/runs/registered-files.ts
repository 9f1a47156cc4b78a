// Which runs and logged models the registry still needs: versions were registered from their files.
import type { Registry } from '../../../registry/index.ts';

/** Says which version needs the files of a run or a logged model; undefined where none does. */
export type NeededBy = (owner: string) => string | undefined;

/** Reads all versions that are not deleted. */
export async function registeredFiles(registry: Registry): Promise<NeededBy> {
  const versions = new Map<string, string>();
  for (
    let pageToken: string | undefined, isFirst = true;
    isFirst || pageToken !== undefined;
    isFirst = false
  ) {
    const page: Awaited<ReturnType<Registry['versions']['search']>> = await registry.versions.search({
      pageToken,
    });
    for (const { name, version, runId, loggedModelId, storageLocation } of page.items) {
      const label = `version ${version} of '${name}'`;
      // Ids stand in the places of the files, whoever made the version
      const named =
        storageLocation.match(/\/((?:m-)?[0-9a-f]{32})(?=\/)/g)?.map((part) => part.slice(1)) ?? [];
      for (const owner of [runId, loggedModelId, ...named])
        if (owner !== undefined && !versions.has(owner)) versions.set(owner, label);
    }
    pageToken = page.nextPageToken;
  }
  return (owner) => versions.get(owner);
}
