// The endpoints of experiments.
import type { Endpoint } from '../../endpoint.ts';
import { getExperiment } from './get-experiment.ts';

export const experimentEndpoints: readonly Endpoint[] = [getExperiment];
