// What the registry asks of tracking: where runs and logged models keep their files, and that registrations are noted.
import type { TrackingLinks } from '../registry/index.ts';
import type { Tracking } from '../tracking/index.ts';

/** Joins the registry to tracking: features of one level do not know each other. */
export function trackingLinks({ runs, loggedModels }: Tracking): TrackingLinks {
  return {
    runArtifactUri: async (runId) => (await runs.get(runId)).info.artifactUri,
    loggedModel: async (modelId) => {
      const { artifactUri, sourceRunId, metrics } = await loggedModels.get(modelId);
      return {
        artifactUri,
        sourceRunId: sourceRunId === '' ? undefined : sourceRunId,
        // The earliest value of a name comes first, so that the latest one stays.
        metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
      };
    },
    versionRegistered: (modelId, version) => loggedModels.noteRegistration(modelId, version),
  };
}
