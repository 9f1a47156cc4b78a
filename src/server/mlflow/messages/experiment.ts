// The messages about experiments, and ours as theirs.
import type { Experiment } from '../../../tracking/index.ts';
import { int64, message, type Output, repeated, string } from '../wire/index.ts';

export const experimentTag = message({ key: string(), value: string() });

export const experimentMessage = message({
  experiment_id: string(),
  name: string(),
  artifact_location: string(),
  lifecycle_stage: string(),
  last_update_time: int64(),
  creation_time: int64(),
  tags: repeated(experimentTag),
});

export function toExperimentMessage(experiment: Experiment): Output<typeof experimentMessage> {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycle,
    last_update_time: experiment.updatedAt,
    creation_time: experiment.createdAt,
    tags: experiment.tags,
  };
}
