// What a fine-tuning job tells: its events, listed or as they come, and its checkpoints.
import { z } from 'zod';
import { answerWith, type FaceEndpoint, jsonEndpoint } from '../../http/json-endpoint.ts';
import { ParameterError } from '../../http/parse.ts';
import type { OpenAiContext } from '../context.ts';
import { listPage, pageQuery } from '../list.ts';
import { eventStream } from '../sse.ts';
import { checkpointObject, checkpointsOf } from './checkpoints.ts';
import { eventNumber, eventObject } from './event-object.ts';
import { findJob } from './find-job.ts';
import { streamEvents } from './stream-events.ts';

export const eventEndpoints: readonly FaceEndpoint<OpenAiContext>[] = [
  jsonEndpoint({
    route: 'GET /v1/fine_tuning/jobs/{id}/events',
    scope: 'read',
    summary: 'What happened to a job, newest first; with `stream=true` as it comes, oldest first',
    query: pageQuery({ limit: 20, most: 1000 }).extend({ stream: z.stringbool().default(false) }),
    async handle({ params, principal, checkedQuery, context: { jobs }, requestId, whenGone }) {
      const job = await findJob(jobs, params.id ?? '', principal);
      const { after, limit, stream } = checkedQuery;
      if (stream) return answerWith(await eventStream(streamEvents(jobs, job, whenGone()), requestId));
      const page = await jobs.events(job.id, {
        after: after === undefined ? undefined : eventNumber(job.id, after),
        limit,
        order: 'desc',
      });
      return listPage(
        page.events.map((event) => eventObject(job.id, event)),
        page.hasMore,
      );
    },
  }),
  jsonEndpoint({
    route: 'GET /v1/fine_tuning/jobs/{id}/checkpoints',
    scope: 'read',
    summary: 'The checkpoints of a job that can be used as models, newest first',
    query: pageQuery({ limit: 10, most: 1000 }),
    async handle({ params, principal, checkedQuery: { after, limit }, context: { jobs } }) {
      const job = await findJob(jobs, params.id ?? '', principal);
      const checkpoints = checkpointsOf(job);
      const last = checkpoints.findIndex(({ id }) => id === after);
      if (after !== undefined && last < 0)
        throw new ParameterError('after', `Invalid value for 'after': the job has no checkpoint '${after}'`);
      const data = checkpoints.slice(last + 1, last + 1 + limit);
      return listPage(
        data.map((checkpoint) => checkpointObject(checkpoint, job.id)),
        last + 1 + limit < checkpoints.length,
      );
    },
  }),
];
