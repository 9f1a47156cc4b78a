import { afterEach, expect, test } from 'vitest';
import { type DpoServer, type DpoServerOptions, records, startDpo } from '../test-support/start-dpo.ts';

let server: DpoServer;
afterEach(() => server.stop());

async function start(options: DpoServerOptions): Promise<DpoServer> {
  server = await startDpo(options);
  return server;
}

let number = 0;
const body = () => ({ kb_id: `kb-${number++}`, exp_name: 'exp', dataset_inline: records(1) });

test('a user may ask for so many runs in a minute, each user for themselves', async () => {
  const { ask, keyOf, pass } = await start({ env: { DPO_RATE_LIMIT_PER_MINUTE: '2' }, keys: true });
  const [ann, bob] = await Promise.all(['ann', 'bob'].map(async (owner) => `Bearer ${await keyOf(owner)}`));
  const trigger = (authorization = '') =>
    ask('POST /trigger-finetune', { body: body(), headers: { authorization } });
  expect((await trigger(ann)).status).toBe(200);
  pass(30_000);
  expect((await trigger(ann)).status).toBe(200);
  const refused = await trigger(ann);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  expect((await trigger(bob)).status).toBe(200);
  pass(30_000);
  expect((await trigger(ann)).status).toBe(200);
});

test('a request over the limit is refused by its bytes, not by its records', async () => {
  const { ask } = await start({ env: { DPO_MAX_DATASET_SIZE_MB: '0.01' } });
  const long = { ...body(), dataset_inline: [{ prompt: 'ü'.repeat(6000), chosen: 'a', rejected: 'b' }] };
  const answer = await ask('POST /trigger-finetune', { body: long });
  expect(answer.status).toBe(413);
  expect(answer.body).toMatchObject({ detail: expect.stringContaining('10486 bytes') });
  expect((await ask('POST /trigger-finetune', { body: body() })).status).toBe(200);
});

test('a file of this machine is not fetched unless the settings say so', async () => {
  const { ask } = await start({});
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254']) {
    const request = { kb_id: 'a', exp_name: 'b', dataset_url: `http://${host}/data.json` };
    const { status, body: answer } = await ask('POST /trigger-finetune', { body: request });
    expect(status).toBe(400);
    expect(answer).toMatchObject({ detail: expect.stringContaining('not on the public internet') });
  }
});

test("names of models are found: as mapped, as in the catalogue, the service's own where there is one model", async () => {
  const { ask, services } = await start({
    models: ['pythia28', 'other'],
    env: { DPO_MODEL_MAP: 'zephyr=other, house=pythia28, gone=nothing' },
  });
  const modelOf = async (base_model: string | undefined) => {
    const { status, body: answer } = await ask('POST /trigger-finetune', { body: { ...body(), base_model } });
    if (status !== 200) return (answer as { detail: string }).detail;
    const { spec } = await services.stores.jobs.get((answer as { run_id: string }).run_id);
    return (spec as { model: string }).model;
  };
  expect(await modelOf(undefined)).toBe('other');
  expect(await modelOf('house')).toBe('pythia28');
  expect(await modelOf('pythia-2.8b')).toBe('pythia28');
  expect(await modelOf('pythia_2_8b')).toBe('pythia28');
  expect(await modelOf('other')).toBe('other');
  expect(await modelOf('llama')).toContain('it has zephyr, house, gone, pythia28, other');
  expect(await modelOf('gone')).toContain("'gone', which stands for 'nothing',");
});

test("the service's own names stand for the only base model", async () => {
  const { ask } = await start({ models: ['tiny'] });
  const ids = ['zephyr', 'gpt2', 'llama', 'pythia69', 'tiny', 'mine'].map(async (base_model) => {
    return (await ask('POST /trigger-finetune', { body: { ...body(), base_model } })).status;
  });
  expect(await Promise.all(ids)).toEqual([200, 200, 200, 200, 200, 400]);
});

test('whoever waits is told when the service stops, and the run goes on', async () => {
  const { ask, claim, abort } = await start({});
  const asked = ask('POST /trigger-finetune', { body: { communityId: 'a', dataset: records(1) } });
  const claimed = await claim();
  abort();
  const { status, body: answer } = await asked;
  expect(status).toBe(503);
  expect(answer).toMatchObject({ detail: expect.stringContaining(`/runs/${claimed.job.id}`) });
  expect(await claimed.heartbeat()).toBe('go-on');
});
