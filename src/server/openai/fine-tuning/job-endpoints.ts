// Fine-tuning jobs: created, listed, looked at, cancelled, paused, resumed.
import { visibleOwner } from '../../../access/index.ts';
import type { Job } from '../../../jobs/index.ts';
import type { HttpCall } from '../../http/call.ts';
import { type FaceEndpoint, jsonEndpoint } from '../../http/json-endpoint.ts';
import type { OpenAiContext } from '../context.ts';
import { listPage, pageQuery } from '../list.ts';
import { createJob } from './create-job.ts';
import { createRequest } from './create-request.ts';
import { asFineTune, findJob } from './find-job.ts';
import { jobObject } from './job-object.ts';
import { listJobs } from './list-jobs.ts';

/** For so long the answer waits for a running job to stop, in ms. */
const stopPatience = 5_000;

type Call = HttpCall & { readonly context: OpenAiContext };

export const jobEndpoints: readonly FaceEndpoint<OpenAiContext>[] = [
  jsonEndpoint({
    route: 'POST /v1/fine_tuning/jobs',
    scope: 'train',
    summary: 'Start a fine-tuning job',
    body: createRequest,
    handle: async (call) => jobObject(await createJob(call)),
  }),
  jsonEndpoint({
    route: 'GET /v1/fine_tuning/jobs',
    scope: 'read',
    summary: 'List fine-tuning jobs, newest first; by `metadata[key]=value`, or `metadata=null`',
    query: pageQuery({ limit: 20, most: 1000 }).loose(),
    async handle({ checkedQuery, query, principal, context: { jobs } }) {
      const { after, limit } = checkedQuery;
      const page = await listJobs(jobs, query, { after, limit, owner: visibleOwner(principal) });
      return listPage(
        page.jobs.map((job) => jobObject(asFineTune(job))),
        page.hasMore,
      );
    },
  }),
  jsonEndpoint({
    route: 'GET /v1/fine_tuning/jobs/{id}',
    scope: 'read',
    summary: 'A fine-tuning job',
    handle: async ({ params, principal, context: { jobs } }) =>
      jobObject(await findJob(jobs, params.id ?? '', principal)),
  }),
  jsonEndpoint({
    route: 'POST /v1/fine_tuning/jobs/{id}/cancel',
    scope: 'train',
    summary: 'Cancel a fine-tuning job',
    handle: (call: Call) => change(call, 'cancel'),
  }),
  jsonEndpoint({
    route: 'POST /v1/fine_tuning/jobs/{id}/pause',
    scope: 'train',
    summary: 'Pause a fine-tuning job at its next checkpoint',
    handle: (call: Call) => change(call, 'pause'),
  }),
  jsonEndpoint({
    route: 'POST /v1/fine_tuning/jobs/{id}/resume',
    scope: 'train',
    summary: 'Go on with a paused fine-tuning job',
    handle: (call: Call) => change(call, 'resume'),
  }),
];

async function change(call: Call, action: 'cancel' | 'pause' | 'resume') {
  const { params, principal, context } = call;
  const { jobs } = context;
  const { id } = await findJob(jobs, params.id ?? '', principal);
  const owner = visibleOwner(principal);
  if (action === 'cancel') await context.cancelFineTune(id, { owner });
  else await jobs[action](id, { owner });
  return jobObject(asFineTune(await stopped(call, await jobs.get(id))));
}

/** The job once it has stopped as it was asked; as it stands where that takes longer. */
async function stopped({ context: { jobs }, whenGone }: Call, first: Job): Promise<Job> {
  const signal = AbortSignal.any([whenGone(), AbortSignal.timeout(stopPatience)]);
  let job = first;
  try {
    while (job.state === 'running' && job.request !== null)
      job = await jobs.waitForChange(job.id, { since: job.revision, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return job;
}
