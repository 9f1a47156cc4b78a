import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendJson, sendRaw } from '../test-support/raw-request.ts';
import { startServer, type TestServer } from '../test-support/start-server.ts';

let server: TestServer;
let experimentId: string;
const runIds: string[] = [];

beforeAll(async () => {
  server = await startServer();
  experimentId = (await post('experiments/create', { name: 'vision', tags: [{ key: 'team', value: 'a' }] }))
    .experiment_id;
  await post('registered-models/create', { name: 'model' });
  for (const [index, loss] of [0.5, 'NaN'].entries()) {
    const { run } = await post('runs/create', { experiment_id: experimentId, run_name: `run ${index}` });
    runIds.push(run.info.run_id);
    const metrics = [0, 1, 2].map((step) => ({ key: 'loss', value: loss, timestamp: 2 ** 40, step }));
    await post('runs/log-batch', { run_id: run.info.run_id, metrics, params: [{ key: 'lr', value: '1' }] });
    const source = `${run.info.artifact_uri}/m`;
    await post('model-versions/create', { name: 'model', source, run_id: run.info.run_id });
  }
});

afterAll(() => server.stop());

async function post(path: string, body: object) {
  return JSON.parse((await sendJson(server.url, `/api/2.0/mlflow/${path}`, body)).text);
}

async function ask(query: string, variables?: object) {
  const { status, text } = await sendJson(server.url, '/graphql', { query, variables });
  return { status, ...JSON.parse(text) };
}

test('graphql answers the run page: 64-bit numbers as text, what is not there by its default', async () => {
  const query = `query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {
    mlflowGetRun(input: $data) {
      apiError { code }
      run {
        info { runName status runUuid startTime endTime }
        experiment { name tags { key value } }
        modelVersions { status version name description }
        data { metrics { key value step timestamp } params { key value } }
        inputs { datasetInputs { dataset { name } } modelInputs { modelId } }
        outputs { modelOutputs { modelId step } }
        __typename
      }
    }
  }`;
  const { data, errors } = await ask(query, { data: { runId: runIds[0] } });
  expect(errors).toBeNull();
  expect(data.mlflowGetRun.apiError).toBeNull();
  expect(data.mlflowGetRun.run).toEqual({
    info: { runName: 'run 0', status: 'RUNNING', runUuid: runIds[0], startTime: '0', endTime: '0' },
    experiment: { name: 'vision', tags: [{ key: 'team', value: 'a' }] },
    modelVersions: [{ status: 'READY', version: '1', name: 'model', description: '' }],
    data: {
      metrics: [{ key: 'loss', value: 0.5, step: '2', timestamp: String(2 ** 40) }],
      params: [{ key: 'lr', value: '1' }],
    },
    inputs: { datasetInputs: [], modelInputs: [] },
    outputs: { modelOutputs: [] },
    __typename: 'MlflowRunExtension',
  });
});

test('graphql searches runs, each with its own versions and experiment; NaN is null', async () => {
  const query = `query S($data: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $data) {
    nextPageToken runs { info { runName } data { metrics { value } } experiment { name } modelVersions { version } } } }`;
  const data = { experimentIds: [experimentId], orderBy: ['attributes.run_name'], runViewType: 'ALL' };
  const answer = await ask(query, { data });
  const common = { experiment: { name: 'vision' } };
  expect(answer.data.mlflowSearchRuns).toEqual({
    nextPageToken: '',
    runs: [
      {
        ...common,
        info: { runName: 'run 0' },
        data: { metrics: [{ value: 0.5 }] },
        modelVersions: [{ version: '1' }],
      },
      {
        ...common,
        info: { runName: 'run 1' },
        data: { metrics: [{ value: null }] },
        modelVersions: [{ version: '2' }],
      },
    ],
  });
});

test('graphql answers histories, artifacts, versions, experiments and datasets', async () => {
  const query = `query Q($runs: [String], $run: String, $experiment: String) {
    mlflowGetMetricHistoryBulkInterval(input: { runIds: $runs, metricKey: "loss", maxResults: 320 }) { metrics { runId step value } }
    none: mlflowGetMetricHistoryBulkInterval(input: { runIds: [], metricKey: "loss" }) { metrics { step } }
    mlflowListArtifacts(input: { runUuid: $run }) { files { path } }
    mlflowSearchModelVersions(input: { filter: "name = 'model'", maxResults: 1 }) { modelVersions { name } }
    mlflowGetExperiment(input: { experimentId: $experiment }) { experiment { name } }
    test(inputString: "hi") { output }
  }`;
  const { data, errors } = await ask(query, {
    runs: [runIds[0]],
    run: runIds[0],
    experiment: experimentId,
  });
  expect(errors).toBeNull();
  expect(data).toEqual({
    mlflowGetMetricHistoryBulkInterval: {
      metrics: ['0', '1', '2'].map((step) => ({ runId: runIds[0], step, value: 0.5 })),
    },
    none: { metrics: [] },
    mlflowListArtifacts: { files: [] },
    mlflowSearchModelVersions: { modelVersions: [{ name: 'model' }] },
    mlflowGetExperiment: { experiment: { name: 'vision' } },
    test: { output: 'hi' },
  });
  const datasets = await ask(
    'mutation M($data: MlflowSearchDatasetsInput) { mlflowSearchDatasets(input: $data) { datasetSummaries { name } } }',
    { data: { experimentIds: [experimentId] } },
  );
  expect(datasets.data).toEqual({ mlflowSearchDatasets: { datasetSummaries: [] } });
});

test('graphql takes a GET with its query as a parameter', async () => {
  const query = encodeURIComponent(
    'query A($s: String) { test(inputString: $s) { output } } query B { nope }',
  );
  const line = `GET /graphql?query=${query.replace('nope', '__typename')}&operationName=A&variables=%7B%22s%22%3A%22x%22%7D`;
  expect(JSON.parse((await sendRaw(server.url, line)).text)).toEqual({
    data: { test: { output: 'x' } },
    errors: null,
  });
});

test('graphql says among its errors what the endpoints refuse', async () => {
  const query = 'query($id: String) { mlflowGetRun(input: { runId: $id }) { run { info { runId } } } }';
  expect(await ask(query, { id: 'nope' })).toEqual({
    status: 200,
    data: { mlflowGetRun: null },
    errors: ['Run with id=nope not found'],
  });
});

const fragments = Array.from(
  { length: 20 },
  (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
);

test.each([
  ['no document', '{', 400, /Syntax Error/],
  ['brackets in brackets', '{a'.repeat(20_000), 400, /nested too deeply/],
  ['lists in lists', `{ mlflowGetRun(input: ${'['.repeat(4000)}`, 400, /nested too deeply/],
  ['too many words', `{ ${'test '.repeat(5000)} }`, 400, /too many|more than/i],
  ['an unknown field', '{ nope }', 200, /Cannot query field/],
  ['depth', `{ a ${'{ a '.repeat(10)}${'}'.repeat(10)} }`, 200, /maximum depth of 10/],
  ['a fragment in itself', '{ ...F } fragment F on Query { ...F }', 200, /maximum depth of 10/],
  ['fragments that double', `{ ...F0 } ${fragments.join(' ')}`, 200, /maximum total selections of 1000/],
  [
    'aliases',
    `{ test { ${Array.from({ length: 11 }, (_, i) => `a${i}: output`).join(' ')} } }`,
    200,
    /at most 10 aliases, got 11/,
  ],
  ['root fields', `{ ${'test { output } '.repeat(11)} }`, 200, /at most 10 root fields, got 11/],
  [
    'a variable of another type',
    'query($s: String) { test(inputString: $s) { output } }',
    200,
    /invalid value/,
  ],
])('graphql refuses %s', async (_, query, status, text) => {
  const answer = await ask(query, { s: { a: 1 } });
  expect(answer.status).toBe(status);
  expect(answer.data).toBeNull();
  expect(answer.errors.join()).toMatch(text);
});

test.each([
  [{}],
  [{ query: 3 }],
  [{ query: '{ __typename }', variables: [] }],
  [{ query: '{a}', operationName: 1 }],
])('graphql refuses the request %j', async (body) => {
  const { status, text } = await sendJson(server.url, '/graphql', body);
  expect(status).toBe(400);
  expect(JSON.parse(text).error_code).toBe('INVALID_PARAMETER_VALUE');
});
