// The table of all endpoints of MLflow's HTTP that this server has: one list a group, kept in the group's index.
import { graphqlEndpoint } from '../graphql/index.ts';
import { otlpEndpoints } from '../otlp/index.ts';
import type { Endpoint } from './endpoint.ts';
import { artifactEndpoints } from './endpoints/artifacts/index.ts';
import { evaluationDatasetEndpoints } from './endpoints/evaluation-datasets/index.ts';
import { experimentEndpoints } from './endpoints/experiments/index.ts';
import { inputEndpoints } from './endpoints/inputs/index.ts';
import { loggedModelEndpoints } from './endpoints/logged-models/index.ts';
import { metricEndpoints } from './endpoints/metrics/index.ts';
import { registryEndpoints } from './endpoints/registry/index.ts';
import { runEndpoints } from './endpoints/runs/index.ts';
import { serverEndpoints } from './endpoints/server/index.ts';
import { traceEndpoints } from './endpoints/traces/index.ts';
import { unsetFeatureEndpoints } from './endpoints/unset-features/index.ts';

/** Every endpoint. */
export const mlflowEndpoints: readonly Endpoint[] = [
  ...serverEndpoints,
  ...experimentEndpoints,
  ...runEndpoints,
  ...inputEndpoints,
  ...loggedModelEndpoints,
  ...metricEndpoints,
  ...artifactEndpoints,
  ...registryEndpoints,
  ...traceEndpoints,
  ...evaluationDatasetEndpoints,
  ...otlpEndpoints,
  graphqlEndpoint,
  ...unsetFeatureEndpoints,
];
