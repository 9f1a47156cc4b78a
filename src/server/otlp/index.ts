// OpenTelemetry's protocol over HTTP.
import type { Endpoint } from '../mlflow/endpoint.ts';
import { exportTraces } from './export-traces.ts';

export const otlpEndpoints: readonly Endpoint[] = [exportTraces];
