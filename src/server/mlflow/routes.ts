// The table of all endpoints of MLflow's HTTP that this server has.
import type { Endpoint } from './endpoint.ts';
import { getExperiment } from './endpoints/experiments/get-experiment.ts';
import { getServerInfo } from './endpoints/server/get-server-info.ts';
import { health } from './endpoints/server/health.ts';
import { version } from './endpoints/server/version.ts';

/** Every endpoint. */
export const mlflowEndpoints: readonly Endpoint[] = [health, version, getServerInfo, getExperiment];
