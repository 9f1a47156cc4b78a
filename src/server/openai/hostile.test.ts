// Every route under hostile requests: whatever comes, the answer is never a fault of the server's.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyChatModel } from '../../testing/tiny-chat-model.ts';
import { sendRaw } from '../test-support/raw-request.ts';
import { type OpenAiServer, startOpenAi } from '../test-support/start-openai.ts';

const faults: string[] = [];
let server: OpenAiServer;
let headers: Record<string, string>;
let file: string;
beforeAll(async () => {
  server = await startOpenAi({
    writeModel: writeTinyChatModel,
    log: ({ path, error }) => error !== undefined && faults.push(`${path} ${error}`),
  });
  const { apiKey } = await server.access('ann');
  headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const lines = (async function* () {
    yield Buffer.from('{}\n');
  })();
  const upload = { owner: 'ann', filename: 'a', purpose: 'fine-tune' };
  file = (await server.services.stores.files.create(upload, lines)).id;
});
afterAll(() => server.stop());

const nasty = fc.constantFrom<unknown>(
  ...['', '0', 'a\u0000b', '\ud800', '😀', '../..', "' OR 1=1 --", '%', 'NaN', '__proto__', 'x'.repeat(300)],
  ...[0, -1, 0.5, 1e308, 2 ** 53, true, null, [], {}, [[]], [null], { type: 'text' }],
);
const names = [
  ...['model', 'messages', 'prompt', 'n', 'stop', 'seed', 'temperature', 'top_p', 'top_k', 'logit_bias'],
  ...['max_tokens', 'max_completion_tokens', 'logprobs', 'top_logprobs', 'response_format', 'tools'],
  ...['tool_choice', 'functions', 'function_call', 'stream', 'stream_options', 'echo', 'best_of', 'suffix'],
  ...['training_file', 'validation_file', 'method', 'hyperparameters', 'integrations', 'metadata', 'input'],
];
const basis = () => ({
  ...{ model: 'small', messages: [{ role: 'user', content: 'Hi' }], prompt: 'Hi', training_file: file },
  ...{ max_completion_tokens: 2, max_tokens: 2 },
});
const change = fc.record({ name: fc.constantFrom(...names), value: nasty, inner: fc.option(nasty) });

/** Deeper: the value as a member, and as an item. */
const changed = ({ name, value, inner }: { name: string; value: unknown; inner: unknown }) => ({
  [name]:
    inner === null ? value : [{ type: value, role: 'user', content: inner, [JSON.stringify(value)]: inner }],
});

test.each(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/fine_tuning/jobs'])(
  'POST %s takes or refuses every body',
  async (path) => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const { max_completion_tokens, ...body } = basis();
        const limit = path.includes('chat') ? { max_completion_tokens, max_tokens: undefined } : {};
        const sent = Object.assign({}, body, limit, ...changes.map(changed));
        // Else a model may write until it is full.
        if (sent.max_tokens === null || sent.max_completion_tokens === null) return;
        const answer = await sendRaw(server.url, `POST ${path}`, { headers, body: JSON.stringify(sent) });
        expect(faults).toEqual([]);
        if (answer.status === 200) return;
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.any(String) } });
      }),
      { numRuns: 120 },
    );
  },
  60_000,
);

test('paths and queries that no database keeps are refused, others are not found', async () => {
  for (const id of ['%00', 'a%00b', '%20', '..%2F..', "'%20OR%201=1", 'x'.repeat(2000), '😀'])
    for (const line of [
      ...['GET /v1/files/ID', 'DELETE /v1/files/ID', 'GET /v1/files/ID/content', 'GET /v1/models/ID'],
      ...['GET /v1/fine_tuning/jobs/ID', 'POST /v1/fine_tuning/jobs/ID/cancel'],
      ...['GET /v1/fine_tuning/jobs/ID/events', 'GET /v1/files?after=ID&purpose=ID'],
      ...['GET /v1/fine_tuning/jobs?after=ID', 'GET /v1/fine_tuning/jobs?metadata[ID]=ID'],
    ]) {
      const { status } = await sendRaw(server.url, line.replaceAll('ID', encodeURI(decodeURI(id))), {
        headers,
      });
      expect([200, 400, 404]).toContain(status);
    }
  expect((await sendRaw(server.url, 'GET /v1/files/a%00b', { headers })).status).toBe(400);
  expect((await sendRaw(server.url, 'GET /v1/files?purpose=%00', { headers })).status).toBe(400);
  expect(faults).toEqual([]);
});
