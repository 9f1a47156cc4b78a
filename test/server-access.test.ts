// Who may do what on a whole service: keys, scopes over the routes of all protocols, and what owners see of each other.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '../src/access/index.ts';
import { workflows } from '../src/app/index.ts';
import { type HardenedService, openHardened } from './hardening/service.ts';

const ROOT = join(import.meta.dirname, '..');
let service: HardenedService;
beforeAll(async () => {
  service = await openHardened();
}, 60_000);
afterAll(() => service.stop(), 30_000);

type Reply = { readonly status: number; readonly text: string };

async function ask(
  line: string,
  { key, json }: { readonly key?: string; readonly json?: unknown } = {},
): Promise<Reply> {
  const [method = '', path = ''] = line.split(' ');
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      'content-type': 'application/json',
    },
    ...(method !== 'GET' && { body: JSON.stringify(json ?? {}) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Routes by what a key must permit; one that permits it may be refused for what it asks, not for its key. */
const table: Readonly<Record<string, readonly string[]>> = {
  read: [
    'GET /v1/files',
    'GET /v1/files/none',
    'GET /v1/files/none/content',
    'GET /v1/fine_tuning/jobs',
    'GET /v1/fine_tuning/jobs/none',
    'GET /v1/fine_tuning/jobs/none/events',
    'GET /v1/fine_tuning/jobs/none/checkpoints',
    'GET /runs/none',
    'GET /runs/none/artifacts',
    'GET /metrics',
    'GET /api/2.0/mlflow/experiments/get?experiment_id=0',
    'POST /api/2.0/mlflow/runs/search',
    'POST /graphql',
    'GET /api/2.0/mlflow-artifacts/artifacts',
    'GET /get-artifact',
  ],
  train: [
    'POST /v1/files',
    'DELETE /v1/files/none',
    'POST /v1/fine_tuning/jobs',
    'POST /v1/fine_tuning/jobs/none/cancel',
    'POST /v1/fine_tuning/jobs/none/pause',
    'POST /v1/fine_tuning/jobs/none/resume',
    'DELETE /v1/models/none',
    'POST /trigger-finetune',
    'POST /trigger_finetune',
    'DELETE /runs/none',
    'POST /api/2.0/mlflow/experiments/create',
    'POST /api/2.0/mlflow/runs/create',
    'DELETE /api/2.0/mlflow-artifacts/artifacts/none',
    'PUT /api/2.0/mlflow-artifacts/artifacts/none',
    'DELETE /api/2.0/mlflow/registered-models/delete',
    'POST /ajax-api/2.0/mlflow/runs/delete',
  ],
  infer: ['POST /v1/chat/completions', 'POST /v1/completions', 'POST /v1/embeddings'],
  'read infer': ['GET /v1/models', 'GET /v1/models/tiny'],
};

const granted: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  train: ['train', 'read'],
  infer: ['infer'],
  admin: ['read', 'train', 'infer', 'admin'],
};

/** Anybody may ask these: what load balancers look at, and the description. */
const open = ['/livez', '/readyz', '/openapi.json', '/health', '/version', '/api/dpo/health'];

describe.each(Object.entries(granted) as [Scope, readonly Scope[]][])(
  'a key with the scope %s',
  (scope, all) => {
    test.each(Object.entries(table))('on routes that need %s', async (needed, lines) => {
      const permits = needed.split(' ').some((one) => all.some((given) => given === one));
      for (const line of lines) {
        // The DPO face limits how often one owner asks
        const key = await service.keyOf(`${scope} ${lines.indexOf(line)}`, scope);
        const { status, text } = await ask(line, { key });
        if (permits) expect([401, 403], `${line}: ${text}`).not.toContain(status);
        else expect({ line, status }).toEqual({ line, status: 403 });
      }
    });
  },
);

test('each route of each protocol asks for a key, but those that are meant for everybody', async () => {
  const { paths } = JSON.parse((await ask('GET /openapi.json')).text);
  const described = Object.entries<Record<string, { readonly security: readonly unknown[] }>>(paths);
  const unprotected = described.flatMap(([path, verbs]) =>
    Object.values(verbs).some(({ security }) => security.length === 0) ? [path] : [],
  );
  expect(unprotected.toSorted()).toEqual(open.toSorted());
  for (const path of open) expect((await ask(`GET ${path}`)).status, path).toBe(200);
  for (const [path, verbs] of described)
    for (const verb of Object.keys(verbs))
      if (!open.includes(path))
        expect(
          await ask(`${verb.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'x')}`),
          `${verb} ${path}`,
        ).toMatchObject({
          status: 401,
        });
});

test('what is no key, or one that was changed, revoked or has expired, is refused alike', async () => {
  const { access } = service.services.stores;
  const key = await service.keyOf('carol', 'read');
  expect((await ask('GET /v1/files', { key })).status).toBe(200);
  const changed = `${key.slice(0, -8)}${key.at(-8) === 'a' ? 'b' : 'a'}${key.slice(-7)}`;
  const brief = await access.create({ owner: 'carol', scopes: ['read'], expiresAt: Date.now() + 50 });
  await access.revoke(key);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const refused = [key, changed, brief.secret.reveal(), 'sk-none', 'hone-sk-', 'undefined', "'OR'1'='1"];
  const answers = await Promise.all(refused.map((one) => ask('GET /v1/files', { key: one })));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(401);
});

test('a key that another process revokes is refused within 2 s', async () => {
  const key = await service.keyOf('dora', 'read');
  expect((await ask('GET /v1/files', { key })).status).toBe(200);
  const args = ['keys', 'revoke', key.slice(0, 19), '--data', service.services.data];
  expect(spawnSync(process.execPath, [join(ROOT, 'bin/hone.js'), ...args]).status).toBe(0);
  await expect.poll(() => ask('GET /v1/files', { key }), { timeout: 2000 }).toMatchObject({ status: 401 });
});

test('the first key that is made while a server runs is asked for from then on', async () => {
  const fresh = await openHardened({ hasKeys: false });
  const status = async () => (await fetch(`${fresh.url}/v1/models`)).status;
  expect(await status()).toBe(200);
  const { openStores } = await workflows.stores();
  const elsewhere = await openStores({ data: fresh.services.data });
  await elsewhere.access.create({ owner: 'ann', scopes: ['read'] });
  await expect.poll(status).toBe(401);
  await elsewhere.close();
  await fresh.stop();
});

test('an address that others can reach is refused without keys, and needs them with', async () => {
  await expect(openHardened({ hasKeys: false, host: '0.0.0.0' })).rejects.toThrow(
    "Cannot bind to '0.0.0.0': others can reach that address and there is no API key yet",
  );
  const reachable = await openHardened({ host: '0.0.0.0' });
  const { port } = new URL(reachable.url);
  expect((await fetch(`http://127.0.0.1:${port}/v1/models`)).status).toBe(401);
  await reachable.stop();
});

describe('owners', () => {
  const model = 'ft:tiny:bob::abcdefgh';
  let alice: string;
  let bob: string;
  let file: string;
  let job: string;
  let run: string;

  beforeAll(async () => {
    [alice, bob] = [
      await service.keyOf('alice', 'train', 'infer'),
      await service.keyOf('bob', 'train', 'infer'),
    ];
    const form = new FormData();
    form.set('purpose', 'fine-tune');
    form.set(
      'file',
      new Blob(['{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n']),
      'a.jsonl',
    );
    const upload = await fetch(`${service.url}/v1/files`, {
      ...{ method: 'POST', body: form, headers: { authorization: `Bearer ${bob}` } },
    });
    file = JSON.parse(await upload.text()).id;
    const asked = await ask('POST /v1/fine_tuning/jobs', {
      key: bob,
      json: { model: 'tiny', training_file: file },
    });
    job = JSON.parse(asked.text).id;
    const records = [{ prompt: 'p', chosen: 'a', rejected: 'b' }];
    const trigger = { kb_id: 'kb', exp_name: 'e', base_model: 'tiny', dataset_inline: records };
    run = JSON.parse((await ask('POST /trigger-finetune', { key: bob, json: trigger })).text).run_id;
    const directory = join(service.root, 'tiny');
    await service.services.catalogue.publish({
      ...{ id: model, owner: 'bob', base: 'tiny', kind: 'tuned', jobId: job, directory },
    });
  });

  /** Routes that name what is bob's, and the same with names of what never was. */
  const lines = (id: {
    readonly file: string;
    readonly job: string;
    readonly model: string;
    readonly run: string;
  }) => [
    ...[`GET /v1/files/${id.file}`, `GET /v1/files/${id.file}/content`, `DELETE /v1/files/${id.file}`],
    ...['', '/events', '/checkpoints'].map((part) => `GET /v1/fine_tuning/jobs/${id.job}${part}`),
    ...['cancel', 'pause', 'resume'].map((verb) => `POST /v1/fine_tuning/jobs/${id.job}/${verb}`),
    ...[`GET /v1/models/${id.model}`, `DELETE /v1/models/${id.model}`],
    ...['', '/artifacts', '/artifacts/logs.txt'].map((part) => `GET /runs/${id.run}${part}`),
    `DELETE /runs/${id.run}`,
  ];
  const chat = (model: string) => ({ model, max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] });

  test('cannot tell what is another one’s from what never was', async () => {
    const none = { file: 'file-none', job: 'ftjob-none', model: 'ft:tiny:bob::nonenone', run: 'ftjob-none' };
    const names = { file, job, model, run };
    const [bobs, never] = [lines(names), lines(none)];
    for (const [at, line] of bobs.entries()) {
      const [theirs, missing] = [await ask(line, { key: alice }), await ask(never[at] ?? '', { key: alice })];
      // The DPO service's callers expect to be told
      const status = line.includes('/runs/') ? 403 : 404;
      expect({ line, status: theirs.status }).toEqual({ line, status });
      if (status === 403) continue;
      const hidden = (text: string, of: typeof names) =>
        Object.values(of).reduce((rest, id) => rest.replaceAll(id, 'ID'), text);
      expect(hidden(theirs.text, names)).toBe(hidden(missing.text, none));
    }
    for (const [path, json] of [
      ['/v1/chat/completions', chat(model)],
      ['/v1/completions', { model, prompt: 'a' }],
      ['/v1/fine_tuning/jobs', { model: 'tiny', training_file: file }],
      ['/v1/fine_tuning/jobs', { model, training_file: file }],
    ] as const)
      expect([400, 404], path).toContain((await ask(`POST ${path}`, { key: alice, json })).status);
    for (const path of ['/v1/files', '/v1/models', '/v1/fine_tuning/jobs'])
      expect((await ask(`GET ${path}`, { key: alice })).text).not.toMatch(
        new RegExp(`${file}|${job}|${run}|${model}`),
      );
  });

  test('see their own, and admins see all', async () => {
    const root = await service.keyOf('root', 'admin');
    for (const key of [bob, root]) {
      for (const line of lines({ file, job, model, run }).filter((one) => one.startsWith('GET ')))
        expect((await ask(line, { key })).status, line).toBe(200);
      expect((await ask('POST /v1/chat/completions', { key, json: chat(model) })).status).toBe(200);
    }
  });
});
