// Every route under hostile requests: whatever comes, the answer is never a fault of the server's.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRaw } from '../test-support/raw-request.ts';
import { type DpoServer, startDpo } from '../test-support/start-dpo.ts';

let server: DpoServer;
beforeAll(async () => {
  server = await startDpo({ env: { DPO_ALLOW_DIRECT_ORIGINS: 'https://app.example' } });
});
afterAll(() => server.stop());

const nasty = fc.constantFrom<unknown>(
  ...['', '0', 'a\u0000b', '\ud800', '😀', '../..', "' OR 1=1 --", '%', 'NaN', '__proto__', 'x'.repeat(300)],
  ...[0, -1, 0.5, 1e308, 2 ** 53, true, null, [], {}, [[]], [null], [0, 1], [[0, 1]], ['a', 'b']],
);
const record = fc.record(
  { prompt: nasty, responses: nasty, pairs: nasty, sft_target: nasty, chosen: nasty, rejected: nasty },
  { requiredKeys: [] },
);
const good = { prompt: 'p\u0000\u2028', chosen: 'a', rejected: 'b' };
const records = fc.oneof(nasty, fc.array(fc.oneof(record, nasty, fc.constant(good)), { maxLength: 3 }));
const body = fc.record(
  {
    ...{ communityId: nasty, kb_id: nasty, base_model: nasty, algo: nasty, exp_name: nasty },
    ...{ dataset: records, dataset_inline: records, dataset_url: nasty },
  },
  { requiredKeys: [] },
);

async function isRefusedWell(
  line: string,
  text?: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await sendRaw(server.url, line, {
    headers: { prefer: 'respond-async', 'content-type': 'application/json', ...headers },
    ...(text !== undefined && { body: text }),
  });
  expect(answer.status).toBeLessThan(500);
  if (answer.status >= 400) expect(JSON.parse(answer.text)).toEqual({ detail: expect.any(String) });
}

test('no body makes the service fail', async () => {
  await fc.assert(
    fc.asyncProperty(body, (value) => isRefusedWell('POST /trigger-finetune', JSON.stringify(value))),
    { numRuns: 150 },
  );
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '1',
    '"a"',
    '{"a":'.repeat(50_000),
    '['.repeat(100_000),
    '\ufeff{}',
  ])
    await isRefusedWell('POST /trigger_finetune', text);
  await isRefusedWell('POST /trigger-finetune', 'a=b', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(server.faults).toEqual([]);
});

test('no address and no header makes the service fail', async () => {
  const ids = ['..', '%2e%2e', '%00', '%ff', '😀', "'", '*', 'a'.repeat(4000), '%252e', 'a%2fb'].map(
    encodeURI,
  );
  for (const id of ids) {
    for (const verb of ['GET', 'DELETE', 'POST', 'PUT']) await isRefusedWell(`${verb} /runs/${id}`);
    await isRefusedWell(`GET /runs/${id}/artifacts/${id}`);
  }
  const text = JSON.stringify({ kb_id: 'a', exp_name: 'b', dataset_inline: [good] });
  const headers = [
    ...[{ 'idempotency-key': 'x'.repeat(2000) }, { 'idempotency-key': 'ü' }, { 'idempotency-key': '' }],
    ...[{ prefer: ',,;;=' }, { 'x-novalto-user': 'a' }, { authorization: 'Bearer' }],
  ];
  for (const one of headers)
    await isRefusedWell('POST /trigger-finetune', text, one as Record<string, string>);
  expect(server.faults).toEqual([]);
});
