// Runs: looked at, cancelled, and what they leave behind.
import type { TLSSocket } from 'node:tls';
import { visibleOwner } from '../../access/index.ts';
import { fineTuneKind } from '../../app/index.ts';
import { StateError } from '../../core/index.ts';
import type { HttpCall } from '../http/call.ts';
import { answerWith, type FaceEndpoint, jsonEndpoint } from '../http/json-endpoint.ts';
import { artifact, artifactLinks } from './artifacts.ts';
import type { DpoContext } from './context.ts';
import { DpoError } from './errors.ts';
import { asRun, findRun, type Run } from './find-run.ts';
import { faceName } from './labels.ts';
import { hasEnded, runObject, statusOf } from './run-object.ts';
import type { DpoCall } from './start-run.ts';

/** For so long a cancellation waits for the run to stop, in ms. */
const stopPatience = 10_000;

export const runEndpoints: readonly FaceEndpoint<DpoContext>[] = [
  jsonEndpoint({
    route: 'GET /runs/{id}',
    scope: 'read',
    summary: 'A run: status, progress, time left, metrics',
    handle: async (call: DpoCall) => runObject(await runOf(call)),
  }),
  jsonEndpoint({
    route: 'GET /runs/{id}/artifacts',
    scope: 'read',
    summary: 'Links to what a run leaves behind',
    handle: async (call: DpoCall) => artifactLinks(await runOf(call), baseUrl(call)),
  }),
  jsonEndpoint({
    route: 'GET /runs/{id}/artifacts/{path*}',
    scope: 'read',
    summary: 'model.tar, model, model/FILE, report.json, metrics.csv, logs.txt',
    async handle(call: DpoCall) {
      const path = call.params.path ?? '';
      return answerWith(await artifact(call.context, await runOf(call), { path, base: baseUrl(call) }));
    },
  }),
  jsonEndpoint({
    route: 'DELETE /runs/{id}',
    scope: 'train',
    summary: 'Cancel a run that waits or runs',
    async handle(call: DpoCall) {
      await cancel(call);
      return { status: 'cancelled' };
    },
  }),
];

/** Registered where pages may come to the service directly. */
export const debugEndpoint: FaceEndpoint<DpoContext> = jsonEndpoint({
  route: 'GET /debug/runs',
  scope: 'read',
  summary: 'The last 100 runs',
  async handle({ context: { jobs }, principal }) {
    const page = await jobs.list({
      ...{ owner: visibleOwner(principal), kinds: [fineTuneKind], limit: 100 },
      labels: { 'hone.face': faceName },
    });
    return { runs: page.jobs.map((job) => runObject(asRun(job))) };
  },
});

function runOf({ context, params, principal }: DpoCall): Promise<Run> {
  return findRun(context.jobs, params.id ?? '', principal);
}

async function cancel(call: DpoCall): Promise<void> {
  const run = await runOf(call);
  const { context } = call;
  const isOver = (now: Run) =>
    new DpoError(400, `Cannot cancel the run '${run.id}': it is ${statusOf(now)} already`);
  if (hasEnded(run)) throw isOver(run);
  try {
    await context.cancelFineTune(run.id, { owner: run.owner });
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw isOver(asRun(await context.jobs.get(run.id)));
  }
  const ended = await stopped(call, run.id);
  if (ended?.state === 'succeeded' || ended?.state === 'failed') throw isOver(ended);
}

/** The run once it has stopped; undefined where that takes longer than somebody waits. */
async function stopped({ context, whenGone }: DpoCall, id: string): Promise<Run | undefined> {
  const signal = AbortSignal.any([whenGone(), context.stopping, AbortSignal.timeout(stopPatience)]);
  try {
    return asRun(await context.jobs.waitForEnd(id, { signal }));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** Where links begin: as the settings say, else the address that was asked. */
function baseUrl({ http, context }: HttpCall & { readonly context: DpoContext }): string {
  const isEncrypted = (http.socket as Partial<TLSSocket>).encrypted === true;
  return (
    context.config.publicBaseUrl ?? `${isEncrypted ? 'https' : 'http'}://${http.headers.host ?? 'localhost'}`
  );
}
