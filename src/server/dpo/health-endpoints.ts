// How the service does: for its gateway and for load balancers.
import { fineTuneKind } from '../../app/index.ts';
import { type FaceEndpoint, jsonEndpoint } from '../http/json-endpoint.ts';
import type { DpoContext } from './context.ts';

export const healthEndpoint: FaceEndpoint<DpoContext> = jsonEndpoint({
  route: 'GET /api/dpo/health',
  scope: null,
  summary: 'Version, time up, and how many runs wait and run',
  handle: ({ context }) => health(context),
});

/** Only where the process was set up as the DPO service: others expect MLflow's answer under this path. */
export const serviceHealthEndpoint: FaceEndpoint<DpoContext> = jsonEndpoint({
  route: 'GET /health',
  scope: null,
  summary: 'Whether the service is healthy',
  handle: async ({ context }) => ({
    ...{ status: 'healthy', service: 'dpo-microservice' },
    ...(await health(context)),
  }),
});

/** The queue is shared: runs that were asked for by other protocols count. */
async function health({ jobs, version, startedAt, now }: DpoContext) {
  const { queued, running, paused, succeeded, failed, cancelled } = await jobs.counts({
    kinds: [fineTuneKind],
  });
  const waiting = queued + paused;
  return {
    ok: true,
    version,
    uptime_s: Math.floor((now() - startedAt) / 1000),
    queue_stats: {
      total_runs: waiting + running + succeeded + failed + cancelled,
      ...{ queued: waiting, running, completed: succeeded, failed, cancelled },
      ...{ queue_size: waiting, active_jobs: running },
    },
  };
}
