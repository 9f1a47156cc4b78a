// The registry over HTTP, byte for byte as MLflow answers, with the caller in the audit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRegistry, type Registry, registryMigrations } from '../../../../registry/index.ts';
import { migrate, openBlobStore, openDatabase } from '../../../../store/index.ts';
import { openTracking, trackingMigration } from '../../../../tracking/index.ts';
import { createServer } from '../../../create-server.ts';
import { openArtifactRoots } from '../../artifact-roots.ts';
import { mlflowFace } from '../../face.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-registry-http-'));
const database = await openDatabase(`sqlite:${join(directory, 'tracking.db')}`);
await migrate(database, [trackingMigration, ...registryMigrations]);
const registry: Registry = openRegistry(database, { now: () => 1_700_000_000_000 });
const server = createServer([
  mlflowFace({
    registry,
    tracking: await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` }),
    artifacts: await openArtifactRoots(await openBlobStore(join(directory, 'artifacts'))),
  }),
]);
const address = await server.listen({ port: 0, host: '127.0.0.1' });
afterAll(async () => {
  await server.close();
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

const json = { 'content-type': 'application/json' };

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${address}/api/2.0/mlflow/${path}`, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

test('a version is registered, described, staged, aliased and found, as MLflow prints it', async () => {
  await call('POST', 'registered-models/create', { name: 'rm', tags: [{ key: 'k' }] });
  const created = await call('POST', 'model-versions/create', { name: 'rm', source: 's3://b/x' });
  expect(created.text).toBe(`{
  "model_version": {
    "name": "rm",
    "version": "1",
    "creation_timestamp": 1700000000000,
    "last_updated_timestamp": 1700000000000,
    "current_stage": "None",
    "description": "",
    "source": "s3://b/x",
    "run_id": "",
    "status": "READY",
    "run_link": ""
  }
}`);
  const stage = { name: 'rm', version: '1', stage: 'production', archive_existing_versions: true };
  await call('POST', 'model-versions/transition-stage', stage);
  expect(
    await call('POST', 'registered-models/alias', { name: 'rm', alias: 'champion', version: '1' }),
  ).toEqual({
    status: 200,
    text: '{}',
  });
  await call('PATCH', 'model-versions/update', { name: 'rm', version: '1' });
  const model = JSON.parse((await call('GET', 'registered-models/get?name=rm')).text);
  expect(model.registered_model).toEqual({
    name: 'rm',
    creation_timestamp: 1700000000000,
    last_updated_timestamp: 1700000000000,
    latest_versions: [
      {
        name: 'rm',
        version: '1',
        creation_timestamp: 1700000000000,
        last_updated_timestamp: 1700000000000,
        current_stage: 'Production',
        source: 's3://b/x',
        run_id: '',
        status: 'READY',
        run_link: '',
      },
    ],
    tags: [{ key: 'k', value: '' }],
    aliases: [{ alias: 'champion', version: '1' }],
  });
  const byAlias = await call('GET', 'registered-models/alias?name=rm&alias=champion');
  expect(JSON.parse(byAlias.text).model_version).toMatchObject({ version: '1', aliases: ['champion'] });
  for (const method of ['GET', 'POST']) {
    const query = method === 'GET' ? '?name=rm&stages=Production' : '';
    const body = method === 'GET' ? undefined : { name: 'rm', stages: ['Production'] };
    const latest = await call(method, `registered-models/get-latest-versions${query}`, body);
    expect(JSON.parse(latest.text).model_versions).toHaveLength(1);
  }
  expect((await call('GET', 'model-versions/get-download-uri?name=rm&version=1')).text).toBe(
    '{\n  "artifact_uri": "s3://b/x"\n}',
  );
});

test.each([
  ['GET', 'registered-models/get?name=zz', undefined, 404, 'Registered Model with name=zz not found'],
  [
    'POST',
    'registered-models/create',
    { name: 'a/b' },
    400,
    "Invalid model name 'a/b'. Names cannot contain '/' or ':'.",
  ],
  [
    'POST',
    'model-versions/create',
    { name: 'x', source: '/etc/passwd' },
    400,
    "Invalid model version source: '/etc/passwd'.",
  ],
  [
    'POST',
    'model-versions/create',
    { name: 'nomodel', source: 's3://b' + '/x' },
    404,
    'Registered Model with name=nomodel not found',
  ],
  [
    'POST',
    'registered-models/alias',
    { name: 'x', alias: 'a', version: 'q' },
    400,
    "Parameter 'version' must be an integer, got 'q'.",
  ],
  [
    'POST',
    'registered-models/alias',
    { name: 'x', alias: 'latest', version: '1' },
    400,
    "'latest' alias name (case insensitive) is reserved.",
  ],
  [
    'GET',
    'model-versions/get?name=x&version=5',
    undefined,
    404,
    'Model Version (name=x, version=5) not found',
  ],
  [
    'GET',
    'model-versions/search?max_results=200001',
    undefined,
    400,
    'Invalid value \\"200001\\" for parameter \'max_results\' supplied',
  ],
  [
    'GET',
    'registered-models/search?max_results=1001',
    undefined,
    400,
    'Invalid value \\"1001\\" for parameter \'max_results\' supplied',
  ],
  [
    'GET',
    "registered-models/search?filter=name%20IN%20('a')",
    undefined,
    400,
    "Only the 'run_id' attribute supports comparison with a list of quoted string values.",
  ],
  ['GET', 'webhooks/w1', undefined, 404, 'Webhook with ID w1 not found.'],
  ['POST', 'webhooks', {}, 404, 'Cannot create a webhook'],
] as const)('%s %s is refused in the words of MLflow', async (method, path, body, status, text) => {
  const answer = await call(method, path, body);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(text);
});

test('every registry route is served for the page too, and deletions free names and tags', async () => {
  const twin = await fetch(`${address}/ajax-api/2.0/mlflow/webhooks`);
  expect(await twin.text()).toBe('{}');
  await call('POST', 'registered-models/create', { name: 'd' });
  await call('POST', 'registered-models/set-tag', { name: 'd', key: 'k', value: 'v' });
  await call('DELETE', 'registered-models/delete-tag', { name: 'd', key: 'k' });
  await call('POST', 'model-versions/create', { name: 'd', source: 's3://b/x' });
  await call('POST', 'model-versions/set-tag', { name: 'd', version: '1', key: 'k', value: 'v' });
  await call('DELETE', 'model-versions/delete-tag', { name: 'd', version: '1', key: 'k' });
  await call('POST', 'registered-models/alias', { name: 'd', alias: 'a', version: '1' });
  await call('DELETE', 'registered-models/alias', { name: 'd', alias: 'a' });
  await call('PATCH', 'registered-models/update', { name: 'd', description: 'D' });
  expect(await registry.models.get('d')).toMatchObject({ tags: [], aliases: [], description: 'D' });
  expect((await registry.versions.get('d', 1)).tags).toEqual([]);
  await call('DELETE', 'model-versions/delete', { name: 'd', version: '1' });
  await call('POST', 'registered-models/rename', { name: 'd', new_name: 'e' });
  await call('DELETE', 'registered-models/delete', { name: 'e' });
  const search = await call('GET', "model-versions/search?filter=name='e'");
  expect(search.text).toBe('{}');
});

test('the audit names the user of the request and its reason', async () => {
  const headers = {
    authorization: `Basic ${Buffer.from('ada:secret').toString('base64')}`,
    'x-hone-reason': encodeURIComponent('rollback: größer'),
  };
  await call('POST', 'registered-models/create', { name: 'audited' }, headers);
  await call(
    'POST',
    'model-versions/create',
    { name: 'audited', source: 's3://b/x' },
    { authorization: 'Bearer t' },
  );
  const [version, model] = await registry.audit.history({ model: 'audited' });
  expect(model).toMatchObject({ action: 'model.created', by: 'ada', reason: 'rollback: größer' });
  expect(version).toMatchObject({ action: 'version.created', by: undefined, reason: undefined });
});
