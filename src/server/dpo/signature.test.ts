import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../core/index.ts';
import { type DpoServer, records, startDpo } from '../test-support/start-dpo.ts';
import { signatureHeaders } from './signature.ts';

const secret = 'planted-shared-secret';
const ann = { uid: 'ann', email: 'ann@example.com', admin: true };
const bob = { uid: 'bob', email: 'bob@example.com', admin: true };

let server: DpoServer;
beforeAll(async () => {
  server = await startDpo({ env: { DPO_GATEWAY_SHARED_SECRET: secret } });
});
afterAll(() => server.stop());

const body = JSON.stringify({ kb_id: 'kb', exp_name: 'exp', dataset_inline: records(1) });

/** Signed as the gateway signs, written out. */
function sign(
  line: string,
  { claims = ann as unknown, text = '', key = secret } = {},
): Record<string, string> {
  const [method, path] = line.split(' ');
  const user = Buffer.from(JSON.stringify(claims)).toString('base64');
  const hash = createHash('sha256').update(text).digest('hex');
  const signature = createHmac('sha256', key).update(`${method}\n${path}\n${hash}\n${user}`).digest('hex');
  return { 'X-Novalto-User': user, 'X-Novalto-Signature': signature };
}

test('a signed request is taken, and its user owns the run', async () => {
  const line = 'POST /trigger-finetune';
  const { status, body: answer } = await server.ask(line, { body, headers: sign(line, { text: body }) });
  expect(status).toBe(200);
  const { run_id } = answer as { run_id: string };
  expect((await server.services.stores.jobs.get(run_id)).owner).toBe('ann');
  const path = `GET /runs/${run_id}`;
  expect((await server.ask(path, { headers: sign(path) })).status).toBe(200);
  expect((await server.ask(`${path}?a=1`, { headers: sign(path) })).status).toBe(200);
  expect((await server.ask(`${path}?a=1`, { headers: sign(`${path}?a=1`) })).status).toBe(200);
  const upper = sign(path);
  upper['X-Novalto-Signature'] = upper['X-Novalto-Signature']?.toUpperCase() ?? '';
  expect((await server.ask(path, { headers: upper })).status).toBe(200);
  // Another user, an admin too
  expect((await server.ask(path, { headers: sign(path, { claims: bob }) })).status).toBe(403);
  const remove = `DELETE /runs/${run_id}`;
  expect((await server.ask(remove, { headers: sign(remove, { claims: bob }) })).status).toBe(403);
  expect((await server.ask(remove, { headers: sign(remove) })).body).toEqual({ status: 'cancelled' });
});

test('a kb_id belongs to all users of the gateway', async () => {
  const line = 'POST /trigger-finetune';
  const first = await server.ask(line, { body, headers: sign(line, { text: body }) });
  expect(first.status).toBe(200);
  expect((await server.ask(line, { body, headers: sign(line, { text: body, claims: bob }) })).status).toBe(
    429,
  );
  const remove = `DELETE /runs/${(first.body as { run_id: string }).run_id}`;
  await server.ask(remove, { headers: sign(remove) });
});

const line = 'POST /trigger-finetune';
const good = () => sign(line, { text: body });
const encoded = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['no signature', () => ({}), 401],
  ['no user', () => ({ 'x-novalto-signature': good()['X-Novalto-Signature'] ?? '' }), 401],
  ['an empty signature', () => ({ ...good(), 'X-Novalto-Signature': '' }), 401],
  ['a short signature', () => ({ ...good(), 'X-Novalto-Signature': 'ab' }), 401],
  ['a signature of zeros', () => ({ ...good(), 'X-Novalto-Signature': '0'.repeat(64) }), 401],
  ['a signature that is no hex', () => ({ ...good(), 'X-Novalto-Signature': 'z'.repeat(64) }), 401],
  ['another secret', () => sign(line, { text: body, key: 'guess' }), 401],
  ['another body', () => sign(line, { text: `${body} ` }), 401],
  ['another path', () => sign('POST /trigger_finetune', { text: body }), 401],
  ['another method', () => sign('GET /trigger-finetune', { text: body }), 401],
  ['another user', () => ({ ...good(), 'X-Novalto-User': encoded(JSON.stringify(bob)) }), 401],
  ['an API key', () => ({ authorization: 'Bearer sk-hone-x' }), 401],
  ['no uid', () => sign(line, { text: body, claims: { admin: true } }), 401],
  ['a uid that is a number', () => sign(line, { text: body, claims: { uid: 1, admin: true } }), 401],
  ['a uid with a NUL', () => sign(line, { text: body, claims: { uid: 'a\0', admin: true } }), 401],
  ['claims that are a list', () => sign(line, { text: body, claims: [] }), 401],
  ['no admin', () => sign(line, { text: body, claims: { uid: 'ann' } }), 403],
  ['admin as text', () => sign(line, { text: body, claims: { uid: 'ann', admin: 'true' } }), 401],
  ['admin: false', () => sign(line, { text: body, claims: { uid: 'ann', admin: false } }), 403],
] as const)('a request with %s is refused, without the secret in the answer', async (_, headers, status) => {
  const answer = await server.ask(line, { body, headers: headers() });
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ detail: expect.any(String) });
  expect(JSON.stringify(answer.body)).not.toContain(secret);
});

test('who may not start runs may look at their own', async () => {
  const path = 'GET /runs/ftjob-nothing';
  expect((await server.ask(path, { headers: sign(path, { claims: { uid: 'eve' } }) })).status).toBe(404);
  expect((await server.ask(path)).status).toBe(401);
});

test('signatureHeaders() makes what the server takes', async () => {
  const headers = signatureHeaders(
    { method: 'GET', path: '/runs/x' },
    { claims: ann, secret: new Secret(secret) },
  );
  expect(headers).toEqual({
    'x-novalto-user': sign('GET /runs/x')['X-Novalto-User'],
    'x-novalto-signature': sign('GET /runs/x')['X-Novalto-Signature'],
  });
});

test('health needs no signature, and a body over the limit is refused before it is hashed', async () => {
  expect((await server.ask('GET /api/dpo/health')).status).toBe(200);
  const large = 'x'.repeat(6 * 2 ** 20);
  expect((await server.ask(line, { body: large, headers: sign(line, { text: large }) })).status).toBe(413);
});
