import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendJson, sendRaw } from '../../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../../test-support/start-server.ts';

const path = '/ajax-api/2.0/mlflow/runs/create-promptlab-run';
const request = {
  experiment_id: '0',
  run_name: 'tried',
  prompt_template: 'Say {{ word }}',
  prompt_parameters: [{ key: 'word', value: 'hi' }],
  model_route: 'chat',
  model_parameters: [{ key: 'temperature', value: 0.01 }],
  model_input: 'Say hi',
  model_output: 'hi!',
  model_output_parameters: [{ key: 'tokens', value: 3 }],
  mlflow_version: '3.11.1',
  user_id: 'ada',
};

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test('runs/create-promptlab-run makes a finished run with its parameters and its table', async () => {
  const { status, text } = await sendJson(server.url, path, request);
  expect(status).toBe(200);
  const { info, data } = JSON.parse(text).run;
  expect(info).toMatchObject({ run_name: 'tried', status: 'FINISHED', user_id: 'ada' });
  expect(data.params).toEqual([
    { key: 'model_route', value: 'chat' },
    { key: 'prompt_template', value: 'Say {{ word }}' },
    { key: 'temperature', value: '0.01' },
  ]);
  const file = `/get-artifact?run_uuid=${info.run_id}&path=eval_results_table.json`;
  expect(JSON.parse((await sendRaw(server.url, `GET ${file}`)).text)).toEqual({
    columns: ['word', 'prompt', 'output', 'tokens'],
    data: [['hi', 'Say hi', 'hi!', '3']],
  });
});

test.each(['experiment_id', 'prompt_template', 'prompt_parameters', 'model_route', 'model_input'])(
  'runs/create-promptlab-run asks for %s',
  async (name) => {
    const { status, text } = await sendJson(server.url, path, { ...request, [name]: undefined });
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toBe(`CreatePromptlabRun request must specify ${name}.`);
  },
);
