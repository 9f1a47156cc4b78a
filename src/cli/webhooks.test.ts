// `hone webhooks`, run in this process on real stores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workflows } from '../app/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hone-webhooks-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

async function webhooks(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run(['webhooks', ...argv, '--data', data], terminal), ...written };
}

test('hone webhooks add prints the secret alone; list shows endpoints without it; remove ends one', async () => {
  const { status, out, err } = await webhooks('add', 'https://example.org/hooks');
  expect(status).toBe(0);
  expect(out).toMatch(/^whsec_[0-9A-Za-z+/]{43}=\n$/);
  expect(err).toContain('OPENAI_WEBHOOK_SECRET');
  const listed = await webhooks('list');
  expect(listed.out).toMatch(
    /^id +owner +url +events +created\nwhe_\w{24} +local +https:\/\/example.org\/hooks /,
  );
  const json = await webhooks('list', '--json');
  const [record] = JSON.parse(json.out);
  expect(record).toMatchObject({
    owner: 'local',
    events: ['fine_tuning.job.succeeded', 'fine_tuning.job.failed', 'fine_tuning.job.cancelled'],
  });
  for (const text of [listed.out, json.out, err]) expect(text).not.toContain(out.trim().slice(6));
  const rotated = await webhooks('rotate', record.id, '--keep-previous');
  expect(rotated.out).toMatch(/^whsec_/);
  expect(rotated.out).not.toBe(out);
  expect((await webhooks('remove', record.id)).out).toBe(`${record.id} is removed\n`);
  expect((await webhooks('list')).err).toContain('There are no endpoints');
});

test('hone webhooks log shows what is under way', async () => {
  const added = await webhooks('add', 'https://example.org/', '--events', 'fine_tuning.job.failed', '--json');
  const { id } = JSON.parse(added.out);
  expect((await webhooks('log', id)).err).toContain('Nothing was sent');
  const { openStores } = await workflows.stores();
  const stores = await openStores({ data });
  await stores.webhooks.enqueue({ owner: 'local', type: 'fine_tuning.job.failed', data: { id: 'ftjob-1' } });
  await stores.close();
  expect((await webhooks('log', id)).out).toMatch(/evt_\w{24} +fine_tuning.job.failed +pending +0 /);
  expect(JSON.parse((await webhooks('log', id, '--json')).out)).toMatchObject([
    { state: 'pending', attempts: 0 },
  ]);
});

test.each([
  [['add', 'http://example.org'], '--insecure-http'],
  [['add', 'https://example.org', '--events', 'job.done'], "events of the type 'job.done'"],
  [['remove', 'whe_1'], "Cannot find the endpoint 'whe_1'"],
  [['log', 'whe_1'], "Cannot find the endpoint 'whe_1'"],
])('hone webhooks %j is refused', async (argv, message) => {
  await webhooks('add', 'http://10.0.0.1/', '--insecure-http');
  const { status, out, err } = await webhooks(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
