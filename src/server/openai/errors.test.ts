// Errors in OpenAI's form: the table, and the classes that the unmodified client makes of them.
import OpenAI, { type ClientOptions, toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BusyError,
  ConflictError,
  ContextLengthError,
  InputError,
  InterruptedError,
  NotFoundError,
  ResourceError,
  StateError,
} from '../../core/index.ts';
import { ParameterError } from '../http/parse.ts';
import { Refusal } from '../http/refusal.ts';
import { sendRaw } from '../test-support/raw-request.ts';
import { type OpenAiServer, startOpenAi } from '../test-support/start-openai.ts';
import { errorAnswer } from './errors.ts';

const user = { type: 'invalid_request_error', param: null, code: null };

test.each<[unknown, number, object]>([
  [new InputError('Bad'), 400, { ...user, message: 'Bad' }],
  [new NotFoundError('None'), 404, { ...user, message: 'None' }],
  [new ConflictError('Twice'), 400, { ...user, message: 'Twice' }],
  [new StateError('Late'), 400, { ...user, message: 'Late' }],
  [new ParameterError('a.b', 'Bad'), 400, { ...user, message: 'Bad', param: 'a.b', code: 'invalid_value' }],
  [new ParameterError('', 'Bad'), 400, { ...user, message: 'Bad', code: 'invalid_value' }],
  [
    new ContextLengthError({ promptTokens: 9, newTokens: 1, maxLength: 8 }),
    400,
    { ...user, message: expect.stringContaining('9 tokens'), code: 'context_length_exceeded' },
  ],
  [new Refusal('unauthenticated', 'Who?'), 401, { ...user, message: 'Who?', code: 'invalid_api_key' }],
  [new Refusal('forbidden', 'No'), 403, { ...user, message: 'No', code: 'missing_scope' }],
  [new Refusal('too-large', 'Big'), 413, { ...user, message: 'Big' }],
  [new Refusal('unsupported-type', 'Odd'), 415, { ...user, message: 'Odd' }],
])('errorAnswer() tells %s as the user’s', (error, status, body) => {
  const answer = errorAnswer(error, 'req_1');
  expect(answer).toMatchObject({ status, isFault: false });
  expect(JSON.parse(String(answer.body))).toEqual({ error: body });
});

test.each([new BusyError('Full', 1500), new Refusal('too-many', 'Full', { retryAfterMs: 1500 })])(
  'errorAnswer() tells when to come again',
  (error) => {
    const answer = errorAnswer(error, 'req_1');
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '2', 'retry-after-ms': '1500' } });
    expect(JSON.parse(String(answer.body)).error).toEqual({
      ...{ message: 'Full', type: 'requests', param: null, code: 'rate_limit_exceeded' },
    });
  },
);

test.each([
  [new ResourceError('Disk /secret is full'), 503],
  [new InterruptedError('secret'), 503],
  [new TypeError('secret'), 500],
])('errorAnswer() keeps a fault of the server to itself', (error, status) => {
  const answer = errorAnswer(error, 'req_1');
  expect(answer).toMatchObject({ status, isFault: true });
  const { message, type } = JSON.parse(String(answer.body)).error;
  expect(type).toBe('server_error');
  expect(message).toContain('req_1');
  expect(message).not.toContain('secret');
});

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAi({ bodyLimit: 1000 });
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

test('the client gets its class for each status, with the request’s id', async () => {
  const ann = await clientOf('ann', { maxRetries: 0 });
  const talker = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: await server.keyOf('ann', ['infer']) });
  const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-nothing' });
  const file = await toFile(Buffer.from('{}'), 'a');
  const model = 'x'.repeat(2000);
  for (const [ask, kind, details] of [
    [() => stranger.models.list(), OpenAI.AuthenticationError, { code: 'invalid_api_key', status: 401 }],
    [() => talker.files.list(), OpenAI.PermissionDeniedError, { code: 'missing_scope', status: 403 }],
    [() => ann.files.retrieve('file-x'), OpenAI.NotFoundError, { code: null, status: 404 }],
    [() => ann.files.create({ file, purpose: 'x' as 'batch' }), OpenAI.BadRequestError, { param: 'purpose' }],
    [
      () => ann.fineTuning.jobs.create({ model, training_file: 'x' }),
      OpenAI.APIError,
      { status: 413, type: 'invalid_request_error' },
    ],
  ] as const) {
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ ...details, requestID: expect.stringMatching(/^req_/) });
  }
});

test('a path that is not there, and a verb that it does not have, are told in OpenAI’s words', async () => {
  const unknown = await sendRaw(server.url, 'GET /v1/nothing');
  expect(unknown.status).toBe(404);
  expect(JSON.parse(unknown.text)).toEqual({ error: { ...user, message: 'Invalid URL (GET /v1/nothing)' } });
  const verb = await sendRaw(server.url, 'PUT /v1/files');
  expect(verb).toMatchObject({ status: 405, headers: { allow: 'POST, GET, OPTIONS' } });
  expect(JSON.parse(verb.text).error).toMatchObject({
    code: 'method_not_supported',
    message: 'Not allowed to PUT on /v1/files. (HINT: Perhaps you meant to use a different HTTP method?)',
  });
  const garbled = await sendRaw(server.url, 'GET /v1/files/%zz');
  expect(garbled.status).toBe(400);
  expect(JSON.parse(garbled.text).error.type).toBe('invalid_request_error');
});

test('a body must be JSON in UTF-8', async () => {
  const headers = {
    authorization: `Bearer ${await server.keyOf('ann')}`,
    'content-type': 'application/json',
  };
  const post = (body: string | Uint8Array, more = {}) =>
    sendRaw(server.url, 'POST /v1/fine_tuning/jobs', { headers: { ...headers, ...more }, body });
  expect((await post('{')).status).toBe(400);
  expect((await post(Buffer.from([0x22, 0xff, 0x22]))).status).toBe(400);
  expect((await post('[]')).status).toBe(400);
  expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
});

test('answers name the protocol’s version and how long they took', async () => {
  const { response } = await (await clientOf('ann')).models.list().withResponse();
  expect(response.headers.get('openai-version')).toBe('2020-10-01');
  expect(response.headers.get('openai-processing-ms')).toMatch(/^\d+$/);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
});
