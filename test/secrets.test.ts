// Secrets planted into a real service that trains, fails and is asked: none comes out anywhere.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../src/core/index.ts';
import { signatureHeaders } from '../src/server/index.ts';
import { postgresAvailable, sharedPostgres } from '../src/testing/postgres.ts';
import { writeTinyChatModel } from '../src/testing/tiny-chat-model.ts';
import { collectorToken, leaksIn, planted } from './planted-secrets/planted.ts';
import { processesBelow, type Seen } from './planted-secrets/processes.ts';

const ROOT = join(import.meta.dirname, '..');
const missing = process.platform === 'linux' ? await postgresAvailable() : 'it reads /proc';
if (missing !== undefined) console.log(`left out: planted secrets (${missing})`);

const root = mkdtempSync(join(tmpdir(), 'hone-secrets-'));
const data = join(root, 'data');
/** All that the service has said, by where. */
const said = new Map<string, string>();
const secrets = new Map(Object.entries(planted));
const seen: Seen[] = [];
let service: ChildProcess | undefined;
let databaseUrl = '';
let url = '';
let key = '';

/** Everybody whom the service calls: a collector, a gateway, a receiver of webhooks. All refuse, so that it complains. */
const others = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    hear(`sent to ${request.url}`, Buffer.concat(parts).toString());
    response.writeHead(500).end('no');
  });
});

function hear(where: string, text: string): void {
  said.set(where, (said.get(where) ?? '') + text);
}

afterAll(async () => {
  service?.kill('SIGKILL');
  others.close();
  rmSync(root, { recursive: true, force: true });
});

/** With the password where `pg` looks for it, and nowhere else. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  others.listen(0, '127.0.0.1');
  await once(others, 'listening');
  const address = others.address();
  const other = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const database = new URL(await (await sharedPostgres()).createDatabase());
  databaseUrl = database.href;
  const password = decodeURIComponent(database.password);
  secrets.set('PGPASSWORD', password);
  secrets.set('OTEL_EXPORTER_OTLP_HEADERS', collectorToken);
  database.password = '';
  return {
    ...{ PATH: process.env.PATH, HOME: root, PGPASSWORD: password, AWS_ACCESS_KEY_ID: 'id', ...planted },
    ...{ HONE_DATA: data, HONE_DATABASE: database.href, HONE_ARTIFACTS: join(root, 'artifacts') },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: other, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${collectorToken}` },
    ...{ DPO_REGISTER_URL: `${other}/gateway`, DPO_PUBLIC_BASE_URL: 'http://127.0.0.1:5000' },
    ...{ WEBHOOKS: `${other}/hooks` },
  };
}

function hone(env: NodeJS.ProcessEnv, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/hone.js'), ...args], {
    ...{ env, cwd: root, encoding: 'utf8' },
  });
  hear(`hone ${args[0]} ${args[1]}, standard error`, stderr);
  return stdout.trim();
}

async function startService(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const args = ['server', '--port', '0', '--log-level', 'debug', '--model', `tiny=${join(root, 'tiny')}`];
  const child = spawn(process.execPath, [join(ROOT, 'bin/hone.js'), ...args], { env, cwd: root });
  child.stderr?.on('data', (part) => hear('log', String(part)));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => hear('standard output', line));
  const [first] = await once(lines, 'line');
  url = /http:\S+/.exec(String(first))?.[0] ?? '';
  return child;
}

type Answer = { readonly status: number; readonly text: string };

async function ask(line: string, init: RequestInit & { readonly json?: unknown } = {}): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const { json, ...rest } = init;
  const answer = await fetch(`${url}${path}`, {
    ...{ method, ...rest },
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...rest.headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  hear(`${line} ${answer.status}`, JSON.stringify([...answer.headers]) + text);
  return { status: answer.status, text };
}

async function upload(rows: readonly unknown[]): Promise<string> {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]), 'data.jsonl');
  const answer = await fetch(`${url}/v1/files`, {
    ...{ method: 'POST', body: form, headers: { authorization: `Bearer ${key}` } },
  });
  return JSON.parse(await answer.text()).id;
}

/** Starts a job and looks at its processes until it has ended. */
async function tune(file: string, body: object): Promise<string> {
  const path = '/v1/fine_tuning/jobs';
  const { text } = await ask(`POST ${path}`, { json: { model: 'tiny', training_file: file, ...body } });
  const { id } = JSON.parse(text);
  for (;;) {
    if (service?.pid !== undefined) seen.push(...processesBelow(service.pid));
    const { status } = JSON.parse((await ask(`GET ${path}/${id}`)).text);
    if (['succeeded', 'failed'].includes(status)) return `${id} ${status}`;
    await sleep(100);
  }
}

function conversations(count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    messages: [
      { role: 'user', content: `Where is parcel ${i}?` },
      { role: 'assistant', content: 'On its way.' },
    ],
  }));
}

beforeAll(async () => {
  if (missing !== undefined) return;
  await writeTinyChatModel(join(root, 'tiny'));
  const env = await environment();
  key = hone(env, 'keys', 'create', '--owner', 'ann', '--scopes', 'train,infer,admin');
  secrets.set('an API key', key);
  const hook = hone(env, 'webhooks', 'add', env.WEBHOOKS ?? '', '--owner', 'ann');
  secrets.set('the secret of webhooks', hook);
  // Shown to who makes them, which is what they are for
  said.delete('hone keys create, standard error');
  service = await startService(env);
  const [good, bad] = [await upload(conversations(12)), await upload([{ messages: 'none' }])];
  const first = await tune(good, { hyperparameters: { n_epochs: 1 } });
  const second = await tune(bad, {});
  expect([first, second].map((one) => one.split(' ')[1])).toEqual(['succeeded', 'failed']);
  await askAround(first.split(' ')[0] ?? '');
  // The time that the failed deliveries of webhooks and spans take
  await sleep(6000);
  service.kill('SIGTERM');
  await once(service, 'exit');
}, 120_000);

async function askAround(job: string): Promise<void> {
  for (const path of ['/metrics', '/openapi.json', '/v1/models', '/v1/files', '/readyz', '/health'])
    await ask(`GET ${path}`);
  for (const path of ['', '/events', '/checkpoints']) await ask(`GET /v1/fine_tuning/jobs/${job}${path}`);
  await ask('POST /api/2.0/mlflow/runs/search', { json: { experiment_ids: ['0', '1', '2'] } });
  const broken = { authorization: `Bearer ${key}x` };
  await ask('GET /v1/models', { headers: broken });
  await ask('GET /api/2.0/mlflow/experiments/search', {
    headers: { authorization: `Basic ${btoa(`a:${key}x`)}` },
  });
  await ask(`GET /v1/models?api_key=${key}`, { headers: { authorization: '' } });
  await ask('POST /v1/chat/completions', { json: { model: 'none', messages: [] } });
  await ask('POST /v1/chat/completions', { body: '{' });
  await ask('POST /trigger-finetune', { json: { communityId: 'c', dataset: [] } });
  const body = JSON.stringify({ communityId: 'c', dataset: [{ prompt: 1 }] });
  const secret = new Secret(planted.DPO_GATEWAY_SHARED_SECRET ?? '');
  const claims = { uid: 'u', admin: true };
  const headers = signatureHeaders({ method: 'POST', path: '/trigger-finetune', body }, { claims, secret });
  expect(await ask('POST /trigger-finetune', { body, headers: { ...headers } })).toMatchObject({
    status: 400,
  });
  await ask('GET /runs/none', {
    headers: { 'x-novalto-user': 'e30=', 'x-novalto-signature': 'a'.repeat(64) },
  });
}

const leaks = (texts: ReadonlyMap<string, string>): Record<string, string[]> =>
  Object.fromEntries(
    [...texts].flatMap(([where, text]) => {
      const found = leaksIn(text, secrets);
      return found.length > 0 ? [[where, found]] : [];
    }),
  );

test.skipIf(missing !== undefined)('no log line, answer, span or delivery tells a secret', () => {
  // Without all of these the test would look at nothing
  const expected = [
    'log',
    'standard output',
    'GET /metrics 200',
    'GET /openapi.json 200',
    'sent to /v1/traces',
  ];
  expect([...said.keys()]).toEqual(
    expect.arrayContaining([...expected, 'sent to /hooks', 'sent to /gateway', 'GET /v1/models 401']),
  );
  expect(said.get('log')).toContain('registration with the gateway failed');
  expect(leaks(said)).toEqual({});
});

test.skipIf(missing !== undefined)('no file of jobs, models, runs and artifacts holds a secret', () => {
  const files = new Map<string, string>();
  for (const place of ['data', 'artifacts'])
    for (const path of readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })) {
      const file = join(root, place, path);
      if (statSync(file).isFile()) files.set(path, readFileSync(file, 'latin1'));
    }
  expect([...files.keys()].filter((path) => /config\.yaml$|stderr\.log$/.test(path)).length).toBeGreaterThan(
    1,
  );
  expect(leaks(files)).toEqual({});
});

test.skipIf(missing !== undefined)(
  'the database holds no secret but those by which webhooks are signed',
  async () => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const rows = new Map<string, string>();
    const tables = await client.query(
      "select table_name from information_schema.tables where table_schema = 'public'",
    );
    for (const { table_name: name } of tables.rows) {
      const { rows: found } = await client.query(`select row_to_json(t)::text as text from "${name}" t`);
      rows.set(name, found.map(({ text }) => text).join('\n'));
    }
    await client.end();
    expect(rows.get('jobs')).toContain('invalid_training_file');
    expect(rows.get('api_keys')).toContain('ann');
    expect(
      Object.entries(leaks(rows)).filter(([, found]) => found.join() !== 'the secret of webhooks'),
    ).toEqual([]);
  },
);

test.skipIf(missing !== undefined)(
  'processes of jobs have secrets neither as arguments nor in their environment',
  () => {
    const jobs = seen.filter(({ environ }) => environ !== '');
    expect(new Set(jobs.map(({ pid }) => pid)).size).toBeGreaterThan(1);
    const texts = new Map(jobs.map(({ pid, cmdline, environ }) => [String(pid), cmdline + environ]));
    expect(leaks(texts)).toEqual({});
  },
);

test('messages about a database or a key of a certificate that cannot be used tell neither', () => {
  const password = planted.HF_TOKEN ?? '';
  const pem = join(root, 'broken.pem');
  writeFileSync(pem, `-----BEGIN PRIVATE KEY-----\n${password}\n-----END PRIVATE KEY-----\n`);
  const env = { PATH: process.env.PATH, HOME: root, HONE_DEBUG: '1' };
  const attempts = [
    ['runs', 'ls', '--database', `postgres://hone:${password}@127.0.0.1:1/x`],
    ['runs', 'ls', '--database', `postgres://127.0.0.1:1/x?user=hone&password=${password}`],
    ['server', '--port', '0', '--data', join(root, 'tls'), '--tls-cert', pem, '--tls-key', pem],
  ];
  for (const args of attempts) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(ROOT, 'bin/hone.js'), ...args], {
      ...{ env, cwd: root, encoding: 'utf8', timeout: 20_000 },
    });
    expect(status).toBeGreaterThan(0);
    expect(leaksIn(stdout + stderr, new Map([[args.join(' '), password]]))).toEqual([]);
  }
});
