// Inputs and outputs of runs over HTTP: logged, shown with the run, and datasets found.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendJson, sendRaw } from '../../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../../test-support/start-server.ts';

const runs = '/api/2.0/mlflow/runs';
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const dataset = { name: 'iris', digest: 'd1', source_type: 'local', source: '{}', schema: '{"a": 1}' };
const training = { key: 'mlflow.data.context', value: 'training' };

test('runs/create shows empty inputs and no outputs, runs/get both', async () => {
  const { text } = await sendJson(server.url, `${runs}/create`, { experiment_id: '0' });
  expect(text).toContain('"inputs": {}');
  expect(text).not.toContain('"outputs"');
  const runId = /"run_id": "(\w+)"/.exec(text)?.[1] ?? '';
  expect((await getRun(runId)).text).toContain('    "inputs": {},\n    "outputs": {}\n');
});

test('runs/log-inputs and runs/outputs are shown by runs/get and runs/search', async () => {
  const runId = await newRun();
  const datasets = [{ tags: [training], dataset }];
  const models = [{ model_id: 'm-1' }];
  expect(await sendJson(server.url, `${runs}/log-inputs`, { run_id: runId, datasets, models })).toMatchObject(
    nothing,
  );
  const outputs = { run_id: runId, models: [{ model_id: 'm-2', step: 3 }] };
  expect(await sendJson(server.url, `${runs}/outputs`, outputs)).toMatchObject(nothing);
  const shown = {
    inputs: { dataset_inputs: datasets, model_inputs: models },
    outputs: { model_outputs: [{ model_id: 'm-2', step: 3 }] },
  };
  expect(JSON.parse((await getRun(runId)).text).run).toMatchObject(shown);
  const filter = "dataset.context = 'training' AND dataset.name LIKE 'ir%'";
  const found = await sendJson(server.url, `${runs}/search`, { experiment_ids: ['0'], filter });
  expect(JSON.parse(found.text).runs).toMatchObject([shown]);
});

test('runs/log-inputs refuses a dataset without a digest, runs/outputs a request without models', async () => {
  const runId = await newRun();
  const datasets = [{ dataset: { ...dataset, digest: undefined } }];
  expect(await sendJson(server.url, `${runs}/log-inputs`, { run_id: runId, datasets })).toMatchObject({
    status: 400,
    text: expect.stringContaining("Missing value for required parameter 'datasets[0].dataset.digest'"),
  });
  expect((await sendJson(server.url, `${runs}/outputs`, { run_id: runId })).status).toBe(400);
});

test('experiments/search-datasets answers under every route that clients and pages send', async () => {
  const experimentId = await server.context.tracking.experiments.create({ name: 'datasets' });
  const runId = await newRun(experimentId);
  await sendJson(server.url, `${runs}/log-inputs`, {
    run_id: runId,
    datasets: [{ tags: [training], dataset }],
  });
  const routes = ['/api/2.0mlflow', '/ajax-api/2.0mlflow', '/ajax-api/2.0/mlflow'];
  for (const route of routes) {
    const path = `${route}/experiments/search-datasets`;
    const { text } = await sendJson(server.url, path, { experiment_ids: [experimentId] });
    expect(JSON.parse(text)).toEqual({
      dataset_summaries: [{ experiment_id: experimentId, name: 'iris', digest: 'd1', context: 'training' }],
    });
  }
});

test('runs/log-model lists models in the tag of the run, without configurations of flavors', async () => {
  const runId = await newRun();
  const model = {
    artifact_path: 'model',
    utc_time_created: '2026-01-01 00:00:00',
    run_id: runId,
    flavors: { sklearn: { pickled_model: 'm.pkl', config: { secret: 1 } } },
  };
  const logModel = (json: unknown) =>
    sendJson(server.url, `${runs}/log-model`, { run_id: runId, model_json: JSON.stringify(json) });
  expect(await logModel(model)).toMatchObject(nothing);
  expect(await logModel({ ...model, model_uuid: 'u' })).toMatchObject(nothing);
  const { tags } = await server.context.tracking.runs.get(runId);
  const shown = (uuid: string) =>
    `{"run_id": "${runId}", "artifact_path": "model", "utc_time_created": "2026-01-01 00:00:00", "model_uuid": ${uuid}, "flavors": {"sklearn": {"pickled_model": "m.pkl"}}}`;
  expect(tags.find(({ key }) => key === 'mlflow.log-model.history')?.value).toBe(
    `[${shown('null')}, ${shown('"u"')}]`,
  );
  expect((await logModel({ ...model, flavors: undefined })).text).toContain(
    "Model json is missing mandatory fields: {'flavors'}",
  );
  const deep = JSON.parse('['.repeat(200) + ']'.repeat(200));
  for (const json of [[], 'x', 5, { ...model, flavors: 3 }, { ...model, flavors: { deep } }])
    expect((await logModel(json)).status).toBe(400);
});

const nothing = { status: 200, text: '{}' };

async function newRun(experimentId = '0'): Promise<string> {
  return (await server.context.tracking.runs.create({ experimentId })).info.runId;
}

function getRun(runId: string) {
  return sendRaw(server.url, `GET ${runs}/get?run_id=${runId}`);
}
