// What the endpoints of MLflow's HTTP work with.
import type { Tracking } from '../../tracking/index.ts';
import type { ArtifactRoots } from './artifact-roots.ts';

/** The features behind the endpoints. */
export type MlflowContext = {
  readonly tracking: Tracking;
  readonly artifacts: ArtifactRoots;
};
