// Signatures of webhooks, checked by the official client.
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { Secret } from '../core/index.ts';
import { newSigningSecret, signatureHeaders } from './signature.ts';

const client = new OpenAI({ apiKey: 'none' });
const body = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'fine_tuning.job.succeeded',
  data: { id: 'ü' },
});
const now = () => Math.floor(Date.now() / 1000);

test('signatureHeaders() makes the vector of the Standard Webhooks specification', () => {
  const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  };
  expect(signatureHeaders(message, [secret])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test("signatureHeaders() satisfies openai's unwrap(), which refuses what was tampered with", async () => {
  const secret = newSigningSecret();
  expect(secret.reveal()).toMatch(/^whsec_[0-9A-Za-z+/]{43}=$/);
  const headers = signatureHeaders({ id: 'evt_1', timestamp: now(), body }, [secret]);
  expect(await client.webhooks.unwrap(body, headers, secret.reveal())).toEqual(JSON.parse(body));
  const tampered: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [body.replace('evt_1', 'evt_2'), headers],
    [body, { ...headers, 'webhook-id': 'evt_2' }],
    [body, { ...headers, 'webhook-timestamp': String(now() - 1) }],
    [body, signatureHeaders({ id: 'evt_1', timestamp: now() - 400, body }, [secret])],
    [body, signatureHeaders({ id: 'evt_1', timestamp: now(), body }, [newSigningSecret()])],
  ];
  for (const [text, changed] of tampered)
    await expect(client.webhooks.unwrap(text, changed, secret.reveal())).rejects.toThrow(
      OpenAI.InvalidWebhookSignatureError,
    );
});

test('signatureHeaders() with two secrets satisfies whoever has one of them', async () => {
  const [one, two] = [newSigningSecret(), newSigningSecret()];
  const headers = signatureHeaders({ id: 'evt_1', timestamp: now(), body }, [one, two]);
  for (const secret of [one, two])
    expect(await client.webhooks.unwrap(body, headers, secret.reveal())).toEqual(JSON.parse(body));
});
