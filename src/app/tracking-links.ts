// What the registry asks of tracking: where runs keep their files.
import { NotFoundError } from '../core/index.ts';
import type { TrackingLinks } from '../registry/index.ts';
import type { Tracking } from '../tracking/index.ts';

/** Joins the registry to tracking: features of one level do not know each other. */
export function trackingLinks({ runs }: Tracking): TrackingLinks {
  return {
    runArtifactUri: async (runId) => (await runs.get(runId)).info.artifactUri,
    loggedModel: async (modelId) => {
      throw new NotFoundError(`Logged model with ID '${modelId}' not found.`);
    },
    versionRegistered: async () => {},
  };
}
