// Traces and assessments by HTTP: the answers are those of MLflow's server, to the byte where it matters.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendJson, sendRaw } from '../../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../../test-support/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const id = `tr-${'0a'.repeat(16)}`;
const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };

test('POST traces answers what it recorded', async () => {
  const info = {
    trace_id: id,
    client_request_id: 'c',
    trace_location: location,
    request_time: '2026-11-20T13:41:59.963Z',
    execution_duration: '5s',
    state: 'OK',
    trace_metadata: { m: 'x'.repeat(300) },
    tags: { t: 'ü' },
    request_preview: 'q',
  };
  const { status, text } = await sendJson(server.url, '/api/3.0/mlflow/traces', {
    trace: { trace_info: info },
  });
  expect(status).toBe(200);
  expect(text).toBe(`{
  "trace": {
    "trace_info": {
      "trace_id": "${id}",
      "client_request_id": "c",
      "trace_location": {
        "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": {
          "experiment_id": "0"
        }
      },
      "request_time": "2026-11-20T13:41:59.963Z",
      "execution_duration": "5s",
      "state": "OK",
      "trace_metadata": {
        "m": "${'x'.repeat(250)}"
      },
      "tags": {
        "mlflow.artifactLocation": "mlflow-artifacts:/0/traces/${id}/artifacts",
        "t": "\\u00fc"
      },
      "request_preview": "q"
    }
  }
}`);
});

test('assessments keep the kinds of their values and change by their mask', async () => {
  const path = `/api/3.0/mlflow/traces/${id}/assessments`;
  const assessment = {
    assessment_name: 'a',
    source: { source_type: 'HUMAN', source_id: 'bob' },
    feedback: { value: { n: 1, list: [true, null] } },
  };
  const created = await sendJson(server.url, path, { assessment });
  expect(created.text).toContain(`"feedback": {
      "value": {
        "n": 1.0,
        "list": [
          true,
          null
        ]
      }
    },
    "valid": true`);
  const { assessment_id } = JSON.parse(created.text).assessment;
  const body = JSON.stringify({
    assessment: { rationale: 'r', assessment_name: 'no' },
    update_mask: 'rationale',
  });
  const headers = { 'content-type': 'application/json' };
  const changed = await sendRaw(server.url, `PATCH ${path}/${assessment_id}`, { headers, body });
  expect(JSON.parse(changed.text).assessment).toMatchObject({ assessment_name: 'a', rationale: 'r' });
  const expectation = { serialized_value: { serialization_format: 'JSON_FORMAT', value: '[1, {"a": "ü"}]' } };
  const expected = await sendJson(server.url, path, {
    assessment: { ...assessment, feedback: undefined, expectation },
  });
  expect(JSON.parse(expected.text).assessment.expectation.serialized_value.value).toBe(
    '[1, {"a": "\\u00fc"}]',
  );
  const nothing = await sendJson(server.url, path, { assessment: { assessment_name: 'a' } });
  expect(nothing.status).toBe(400);
  expect(JSON.parse(nothing.text).message).toBe('Unknown assessment type: None');
});

test('traces are searched, counted and correlated', async () => {
  const search = await sendJson(server.url, '/api/3.0/mlflow/traces/search', {
    locations: [location],
    filter: "tags.t = 'ü'",
    max_results: 1,
  });
  expect(JSON.parse(search.text).traces).toHaveLength(1);
  const metrics = await sendJson(server.url, '/api/3.0/mlflow/traces/metrics', {
    experiment_ids: ['0'],
    view_type: 'TRACES',
    metric_name: 'latency',
    aggregations: [{ aggregation_type: 'PERCENTILE', percentile_value: 99 }],
  });
  expect(metrics.text).toContain('"P99.0": 5000.0');
  const correlation = await sendJson(server.url, '/api/3.0/mlflow/traces/calculate-filter-correlation', {
    experiment_ids: ['0'],
    filter_string1: "status = 'OK'",
    filter_string2: "status = 'ERROR'",
  });
  expect(JSON.parse(correlation.text)).toEqual({
    filter1_count: 1,
    filter2_count: 0,
    joint_count: 0,
    total_count: 1,
  });
});

test("traces are refused with MLflow's words", async () => {
  const message = async (answer: Promise<{ readonly status: number; readonly text: string }>) => {
    const { status, text } = await answer;
    return `${status} ${JSON.parse(text).message}`;
  };
  const post = (path: string, json: unknown) =>
    message(sendJson(server.url, `/api/3.0/mlflow/traces${path}`, json));
  const get = (path: string) => message(sendRaw(server.url, `GET /api/3.0/mlflow/traces${path}`));
  const missing = (name: string) =>
    `400 Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`;
  expect(await post('', {})).toBe(missing('trace'));
  expect(await post('/search', {})).toBe(missing('locations'));
  expect(await get('/batchGet')).toBe(missing('trace_ids'));
  expect(await get('/tr-no')).toBe("404 Trace with ID 'tr-no' not found.");
  expect(await get('/get?trace_id=tr-no')).toBe('404 Trace with ID tr-no is not found.');
  expect(await post('/search', { locations: [location], max_results: 501 })).toBe(
    "400 Invalid value 501 for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.",
  );
  expect(await post('/delete-traces', { experiment_id: '0' })).toBe(
    '400 Either `max_timestamp_millis` or `trace_ids` must be specified.',
  );
});

test('traces of old clients begin, end and are found', async () => {
  const started = await sendJson(server.url, '/api/2.0/mlflow/traces', {
    experiment_id: '0',
    timestamp_ms: 1000,
    request_metadata: [{ key: 'm', value: '1' }],
    tags: [],
  });
  const { request_id, ...begun } = JSON.parse(started.text).trace_info;
  expect(begun).toMatchObject({
    experiment_id: '0',
    timestamp_ms: 1000,
    execution_time_ms: 0,
    status: 'IN_PROGRESS',
  });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({
    timestamp_ms: 3000,
    status: 'ERROR',
    request_metadata: [{ key: 'n', value: '2' }],
    tags: [],
  });
  await sendRaw(server.url, `PATCH /api/2.0/mlflow/traces/${request_id}`, { headers, body });
  const tag = JSON.stringify({ key: 'a', value: 'b' });
  await sendRaw(server.url, `PATCH /api/2.0/mlflow/traces/${request_id}/tags`, { headers, body: tag });
  const found = await sendRaw(
    server.url,
    'GET /api/2.0/mlflow/traces?experiment_ids=0&filter=timestamp%3C2000',
  );
  expect(JSON.parse(found.text).traces).toMatchObject([
    { request_id, execution_time_ms: 2000, status: 'ERROR', request_metadata: [{ key: 'm' }, { key: 'n' }] },
  ]);
});

test('evaluation datasets keep records as they were sent', async () => {
  const created = await sendJson(server.url, '/api/3.0/mlflow/datasets/create', {
    name: 'd',
    experiment_ids: ['0'],
    tags: '{"a": "b"}',
  });
  const { dataset } = JSON.parse(created.text);
  expect(dataset).toMatchObject({ name: 'd', tags: '{"a": "b"}', experiment_ids: ['0'] });
  const path = `/api/3.0/mlflow/datasets/${dataset.dataset_id}`;
  const records = '[{"inputs": {"q": 1.0}, "tags": {"t": "ü"}}]';
  expect(JSON.parse((await sendJson(server.url, `${path}/records`, { records })).text)).toEqual({
    inserted_count: 1,
    updated_count: 0,
  });
  const read = JSON.parse((await sendRaw(server.url, `GET ${path}/records`)).text);
  expect(read.records).toMatch(
    /^\[\{"dataset_record_id": "dr-[0-9a-f]{32}", "dataset_id": ".*", "inputs": \{"q": 1\.0\}, "tags": \{"t": "ü"\}, "created_time": \d+, "last_update_time": \d+, "outputs": \{\}\}\]$/,
  );
  const found = await sendJson(server.url, '/api/3.0/mlflow/datasets/search', {
    filter_string: "tags.a = 'b'",
  });
  expect(JSON.parse(found.text).datasets).toMatchObject([{ name: 'd', profile: '{"num_records": 1}' }]);
});
