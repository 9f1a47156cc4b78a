// All artifacts of a run, folder by folder.
import { InputError, ResourceError } from '../../../core/index.ts';
import type { RunInfo } from '../../../tracking/index.ts';
import type { ArtifactEntry, RunSource } from './run-source.ts';

export type ArtifactTree = {
  /** Each folder before what is in it. */
  readonly entries: readonly ArtifactEntry[];
  /** Whether there are more than were listed. */
  readonly isCut: boolean;
  /** Why they cannot be listed, where they cannot. */
  readonly trouble: string | undefined;
};

/** Lists at most `limit` files and folders. A place that cannot be reached is told, not thrown. */
export async function listArtifacts(source: RunSource, run: RunInfo, limit: number): Promise<ArtifactTree> {
  const entries: ArtifactEntry[] = [];
  const walk = async (folder?: string): Promise<void> => {
    for (const entry of await source.artifacts(run, folder)) {
      if (entries.length > limit) return;
      entries.push(entry);
      if (entry.isDirectory) await walk(entry.path);
    }
  };
  try {
    await walk();
    return { entries: entries.slice(0, limit), isCut: entries.length > limit, trouble: undefined };
  } catch (error) {
    if (!(error instanceof InputError || error instanceof ResourceError)) throw error;
    return { entries, isCut: false, trouble: error.message };
  }
}
