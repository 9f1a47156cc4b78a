// What the endpoints of MLflow's HTTP work with.
import type { Registry } from '../../registry/index.ts';
import type { Tracking } from '../../tracking/index.ts';
import type { ArtifactRoots } from './artifact-roots.ts';

/** The features behind the endpoints. */
export type MlflowContext = {
  readonly tracking: Tracking;
  readonly registry: Registry;
  readonly artifacts: ArtifactRoots;
};
