// Spans of other libraries get MLflow's attributes.
import { expect, test } from 'vitest';
import { newSpan } from '../../../testing/sample-traces.ts';
import { translateSpan } from './translate-span.ts';

/** Attributes as an exporter's values become: each a JSON text. */
function translated(values: Readonly<Record<string, unknown>>, events: Parameters<typeof newSpan>[2] = {}) {
  const attributes = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]),
  );
  return translateSpan(newSpan(1, 1, { attributes, ...events })).attributes;
}

test('translateSpan reads OpenInference', () => {
  expect(
    translated({
      'openinference.span.kind': 'LLM',
      'input.value': '{"q": 1}',
      'output.value': 'fine',
      'llm.token_count.prompt': 3,
      'llm.token_count.completion': 4,
      'llm.model_name': 'm',
      'llm.provider': 'p',
    }),
  ).toMatchObject({
    'mlflow.spanType': '"LLM"',
    'mlflow.spanInputs': '{"q": 1}',
    'mlflow.spanOutputs': '"fine"',
    'mlflow.chat.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
    'mlflow.llm.model': '"m"',
    'mlflow.llm.provider': '"p"',
  });
});

test("translateSpan reads OpenTelemetry's own conventions and keeps what is there", () => {
  expect(
    translated({
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': '26',
      'gen_ai.usage.output_tokens': 4,
      'gen_ai.request.model': 'a',
      'gen_ai.response.model': 'b',
      'mlflow.spanInputs': { own: true },
      'gen_ai.input.messages': '[]',
    }),
  ).toMatchObject({
    'mlflow.spanType': '"CHAT_MODEL"',
    'mlflow.chat.tokenUsage': '{"input_tokens": 26, "output_tokens": 4, "total_tokens": 30}',
    'mlflow.llm.model': '"b"',
    'mlflow.spanInputs': '{"own":true}',
  });
});

test('translateSpan reads numbered keys, collected keys and events', () => {
  expect(translated({ 'traceloop.span.kind': 'tool', 'gen_ai.prompt.0.content': 'hi' })).toMatchObject({
    'mlflow.spanType': '"TOOL"',
    'mlflow.spanInputs': '"hi"',
  });
  expect(
    translated({ 'ai.operationId': 'ai.generateText.doGenerate', 'ai.prompt.messages': '[{"role":"user"}]' }),
  ).toMatchObject({
    'mlflow.spanType': '"LLM"',
    'mlflow.spanInputs': '{"messages": [{"role": "user"}]}',
    'mlflow.message.format': '"vercel_ai"',
  });
  const events = [{ name: 'gen_ai.user.message', time: 1n, attributes: { content: '"hello"' } }];
  expect(translated({ 'lk.room_name': 'r' }, { events })).toMatchObject({
    'mlflow.spanInputs': '[{"role": "user", "content": "hello"}]',
    'mlflow.message.format': '"livekit"',
  });
});

test('translateSpan leaves a type that is known, and texts that look like numbers', () => {
  expect(
    translated({ 'mlflow.spanType': 'TOOL', 'openinference.span.kind': 'LLM', a: '1', b: '"x"' }),
  ).toMatchObject({
    'mlflow.spanType': '"TOOL"',
    a: '"1"',
    b: '"x"',
  });
});
