// `POST /trigger-finetune`: starts a run, and for the first shape waits for its end.
import { InterruptedError } from '../../core/index.ts';
import { answerWith, type FaceEndpoint, json, jsonEndpoint } from '../http/json-endpoint.ts';
import { Refusal } from '../http/refusal.ts';
import type { DpoContext } from './context.ts';
import { DpoError } from './errors.ts';
import { asRun, type Run } from './find-run.ts';
import { modelDirectory } from './model-files.ts';
import { readTrigger, triggerBody } from './run-request.ts';
import { type DpoCall, startRun } from './start-run.ts';

export const triggerEndpoint: FaceEndpoint<DpoContext> = jsonEndpoint({
  route: ['POST /trigger-finetune', 'POST /trigger_finetune'],
  scope: 'train',
  summary: 'Start a run; {communityId, dataset} waits for its end unless asked by Prefer: respond-async',
  body: triggerBody,
  async handle(call) {
    limitRate(call);
    const request = readTrigger(call.body);
    const run = await startRun(call, request);
    // The protocol's word, also where a worker was quick: callers look for it
    const started = { run_id: run.id, status: 'queued' };
    if (!request.waits) return started;
    if (!prefersNotToWait(call)) return await finished(call, run);
    const headers = { 'preference-applied': 'respond-async', location: `/runs/${run.id}` };
    return answerWith({ ...json(started, 202), headers });
  },
});

function limitRate({ context, principal: { owner } }: DpoCall): void {
  const retryAfterMs = context.rateLimit.take(owner);
  if (retryAfterMs === 0) return;
  const { rateLimitPerMinute } = context.config;
  throw new Refusal(
    'too-many',
    `Cannot start a run: '${owner}' has asked for ${rateLimitPerMinute} within a minute, as many as may be; wait`,
    { retryAfterMs },
  );
}

/** A list of preferences, each with its parameters (RFC 7240). */
function prefersNotToWait({ http }: DpoCall): boolean {
  const preferences = [http.headers.prefer ?? []].flat().join(',').split(',');
  return preferences.some((one) => one.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}

/** The answer once the run is done. The run goes on, whether somebody waits or not. */
async function finished(call: DpoCall, { id }: Run) {
  const { context, http } = call;
  // Nothing moves on the connection while it waits; the next request sets the server's own limit again
  http.socket.setTimeout(0);
  http.socket.setKeepAlive(true, 30_000);
  const signal = AbortSignal.any([call.whenGone(), context.stopping]);
  try {
    const run = asRun(await context.jobs.waitForEnd(id, { signal }));
    if (run.result === null) throw failure(run);
    const policyPath = await modelDirectory(context, run);
    return { status: 'success', policy_path: policyPath };
  } catch (error) {
    if (!context.stopping.aborted && !(error instanceof InterruptedError)) throw error;
    throw new DpoError(503, `The service stops, the run goes on: ask for it at /runs/${id}`);
  }
}

/** Codes of failures that are the service's own; all others are the request's. */
const ownFaults: ReadonlySet<string> = new Set(['server_error', 'worker_lost', 'out_of_memory']);

/** Tells by whose fault a run has failed. */
function failure({ id, state, error }: Run): DpoError {
  if (state === 'cancelled') return new DpoError(409, `The run '${id}' was cancelled`);
  const { code, message } = error ?? { code: 'server_error', message: 'it tells no reason' };
  if (code === 'time_limit') return new DpoError(504, `The run '${id}' failed: ${message}`);
  return new DpoError(ownFaults.has(code) ? 500 : 400, `The run '${id}' failed: ${message}`);
}
