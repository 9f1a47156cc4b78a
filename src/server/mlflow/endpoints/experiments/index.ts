// The endpoints of experiments.
import type { Endpoint } from '../../endpoint.ts';
import { createExperiment } from './create-experiment.ts';
import { deleteExperiment } from './delete-experiment.ts';
import { deleteExperimentTag } from './delete-experiment-tag.ts';
import { getExperiment } from './get-experiment.ts';
import { getExperimentByName } from './get-experiment-by-name.ts';
import { restoreExperiment } from './restore-experiment.ts';
import { searchExperiments } from './search-experiments.ts';
import { setExperimentTag } from './set-experiment-tag.ts';
import { updateExperiment } from './update-experiment.ts';

export const experimentEndpoints: readonly Endpoint[] = [
  createExperiment,
  deleteExperimentTag,
  deleteExperiment,
  getExperimentByName,
  getExperiment,
  restoreExperiment,
  searchExperiments,
  setExperimentTag,
  updateExperiment,
];
