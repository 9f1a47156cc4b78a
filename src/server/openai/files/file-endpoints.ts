// Files: uploaded, listed, read, deleted.
import { z } from 'zod';
import { visibleOwner } from '../../../access/index.ts';
import { answerWith, type FaceEndpoint, json, jsonEndpoint } from '../../http/json-endpoint.ts';
import type { OpenAiContext } from '../context.ts';
import { listPage, pageQuery } from '../list.ts';
import { fileObject } from './file-object.ts';
import { purposes, upload } from './upload.ts';

/** For the description: what is read of it is checked as it comes. */
const uploadForm = z.object({
  purpose: z.enum(purposes),
  file: z.file().describe('The file, with its name'),
  'expires_after[anchor]': z.literal('created_at').optional(),
  'expires_after[seconds]': z
    .string()
    .regex(/^\d{4,7}$/)
    .optional(),
});

export const fileEndpoints: readonly FaceEndpoint<OpenAiContext>[] = [
  {
    routes: ['POST /v1/files'],
    scope: 'train',
    documentation: { summary: 'Upload a file', form: uploadForm },
    answer: async (call, { files }) => json(fileObject(await upload(call, files))),
  },
  jsonEndpoint({
    route: 'GET /v1/files',
    scope: 'read',
    summary: 'List files',
    query: pageQuery({ limit: 10_000, most: 10_000 }).extend({
      purpose: z.string().optional(),
      order: z.enum(['asc', 'desc']).default('desc'),
    }),
    async handle({ principal, checkedQuery, context: { files } }) {
      const page = await files.list({ ...checkedQuery, owner: visibleOwner(principal) });
      return listPage(page.items.map(fileObject), page.hasMore);
    },
  }),
  jsonEndpoint({
    route: 'GET /v1/files/{id}',
    scope: 'read',
    summary: 'A file',
    handle: async ({ params, principal, context: { files } }) =>
      fileObject(await files.get(params.id ?? '', { owner: visibleOwner(principal) })),
  }),
  jsonEndpoint({
    route: 'DELETE /v1/files/{id}',
    scope: 'train',
    summary: 'Delete a file',
    async handle({ params: { id = '' }, principal, context: { files } }) {
      await files.delete(id, { owner: visibleOwner(principal) });
      return { id, object: 'file', deleted: true };
    },
  }),
  jsonEndpoint({
    route: 'GET /v1/files/{id}/content',
    scope: 'read',
    summary: 'The bytes of a file, as they were uploaded',
    async handle({ params, principal, context: { files } }) {
      const { file, size, stream } = await files.open(params.id ?? '', { owner: visibleOwner(principal) });
      const headers = {
        'content-type': 'application/octet-stream',
        'content-length': String(size),
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
      };
      return answerWith({ headers, body: stream });
    },
  }),
];
