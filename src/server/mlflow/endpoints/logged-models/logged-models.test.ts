// Logged models over HTTP: the whole life of one, byte for byte where MLflow's own answers are known.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendJson, sendRaw } from '../../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../../test-support/start-server.ts';

const api = '/api/2.0/mlflow/logged-models';
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test('POST logged-models answers with the model that it made, empty texts and all', async () => {
  const { status, text } = await sendJson(server.url, api, {
    experiment_id: '0',
    name: 'net',
    tags: [{ key: 'b', value: '1' }],
    params: [{ key: 'p', value: 'ä' }],
  });
  const id = modelId(text);
  const time = /"creation_timestamp_ms": (\d+)/.exec(text)?.[1] ?? '';
  expect(status).toBe(200);
  expect(text).toBe(`{
  "model": {
    "info": {
      "model_id": "${id}",
      "experiment_id": "0",
      "name": "net",
      "creation_timestamp_ms": ${time},
      "last_updated_timestamp_ms": ${time},
      "artifact_uri": "mlflow-artifacts:/0/models/${id}/artifacts",
      "status": "LOGGED_MODEL_PENDING",
      "model_type": "",
      "source_run_id": "",
      "tags": [
        {
          "key": "b",
          "value": "1"
        }
      ]
    },
    "data": {
      "params": [
        {
          "key": "p",
          "value": "\\u00e4"
        }
      ]
    }
  }
}`);
});

test('logged-models/{model_id} is read, finalized, described and deleted', async () => {
  const id = await create('life');
  const path = `${api}/${id}`;
  for (const given of ['LOGGED_MODEL_UPLOAD_FAILED', 2])
    expect((await patch(path, { model_id: id, status: given })).status).toBe(200);
  expect(await patch(`${path}/tags`, { tags: [{ key: 'a b', value: '1' }] })).toMatchObject(nothing);
  expect(await sendJson(server.url, `${path}/params`, { params: [{ key: 'p', value: '1' }] })).toMatchObject(
    nothing,
  );
  expect(await sendRaw(server.url, `DELETE ${path}/tags/a%20b`)).toMatchObject(nothing);
  expect(await sendRaw(server.url, `DELETE ${path}/tags/a%20b`)).toMatchObject({
    status: 404,
    text: expect.stringContaining(`No tag with key 'a b' found for model with ID '${id}'.`),
  });
  const read = await sendRaw(server.url, `GET /ajax-${path.slice(1)}`);
  expect(JSON.parse(read.text)).toMatchObject({
    model: { info: { status: 'LOGGED_MODEL_READY' }, data: { params: [{ key: 'p', value: '1' }] } },
  });
  expect(await sendRaw(server.url, `DELETE ${path}`)).toMatchObject(nothing);
  expect(await sendRaw(server.url, `GET ${path}`)).toMatchObject({
    status: 404,
    text: expect.stringContaining(`Logged model with ID '${id}' not found.`),
  });
  expect((await sendRaw(server.url, `GET ${path}?allow_deleted=True`)).status).toBe(200);
});

test('PATCH logged-models/{model_id} refuses a status that is none', async () => {
  const path = `${api}/${await create('status')}`;
  for (const status of ['READY', 'LOGGED_MODEL_STATUS_UNSPECIFIED', 0, 9, undefined])
    expect((await patch(path, { status })).status).toBe(400);
});

test('POST logged-models/search finds by filter, data and metrics, page by page', async () => {
  const experimentId = await server.context.tracking.experiments.create({ name: 'search' });
  const { info } = await server.context.tracking.runs.create({ experimentId });
  const [a, b] = [await create('a', experimentId), await create('b', experimentId)];
  const point = { key: 'acc', timestamp: 1, dataset_name: 'iris', dataset_digest: 'd' };
  const metrics = [
    { ...point, value: 0.5, model_id: a },
    { ...point, value: 0.75, model_id: b },
    { ...point, value: 1, model_id: '' },
  ];
  await sendJson(server.url, '/api/2.0/mlflow/runs/log-batch', { run_id: info.runId, metrics });
  const search = async (request: object) => {
    const { text } = await sendJson(server.url, `${api}/search`, {
      experiment_ids: [experimentId],
      ...request,
    });
    const answer = JSON.parse(text);
    return { names: answer.models?.map((model: { info: { name: string } }) => model.info.name), ...answer };
  };
  expect((await search({})).names).toEqual(['b', 'a']);
  const orderBy = [{ field_name: 'metrics.acc', dataset_name: 'iris' }];
  const first = await search({
    filter: 'metrics.acc > 0.1',
    datasets: [{ dataset_name: 'iris' }],
    order_by: orderBy,
    max_results: 1,
  });
  expect(first.names).toEqual(['a']);
  expect(first.models[0].data.metrics).toEqual([
    { ...point, value: 0.5, step: 0, model_id: a, run_id: info.runId },
  ]);
  const more = {
    filter: 'metrics.acc > 0.1',
    datasets: [{ dataset_name: 'iris' }],
    order_by: orderBy,
    max_results: 1,
  };
  expect((await search({ ...more, page_token: first.next_page_token })).names).toEqual(['b']);
  expect((await search({ page_token: first.next_page_token })).error_code).toBe('INVALID_PARAMETER_VALUE');
  expect((await search({ filter: "name = 'none'" })).names).toBeUndefined();
  expect(await search({ datasets: [{ dataset_digest: 'd' }] })).toMatchObject({
    message: '`dataset_name` in the `datasets` clause must be specified.',
  });
  expect((await search({ max_results: -1 })).error_code).toBe('INVALID_PARAMETER_VALUE');
});

const nothing = { status: 200, text: '{}' };

async function create(name: string, experimentId = '0'): Promise<string> {
  return modelId((await sendJson(server.url, api, { experiment_id: experimentId, name })).text);
}

function modelId(text: string): string {
  return /"model_id": "(m-[0-9a-f]{32})"/.exec(text)?.[1] ?? '';
}

function patch(path: string, json: object) {
  return sendRaw(server.url, `PATCH ${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
}
