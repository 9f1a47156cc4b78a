// Tracing on both databases: traces, spans and assessments are kept, merged and deleted as MLflow's server does.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import { newSpan, newTrace, now, traceIdOf } from '../../testing/sample-traces.ts';
import { openTracking, trackingMigration } from '../index.ts';
import { openTracing, tracesMigration } from './index.ts';

await describeDatabases([trackingMigration, tracesMigration], (open) => {
  test('Traces.start records what it is given, and where the artifacts lie', async () => {
    const { traces } = await start(open);
    const trace = newTrace(1, {
      clientRequestId: 'c',
      requestPreview: 'q',
      metadata: { 'mlflow.trace.tokenUsage': '{"input_tokens": 3}' },
      tags: { 'x y': 'ü' },
    });
    const info = await traces.start(trace);
    expect(info).toEqual({
      ...trace,
      tags: {
        'x y': 'ü',
        'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/${trace.traceId}/artifacts`,
      },
    });
    expect(await traces.get(trace.traceId)).toEqual(info);
    expect((await traces.batchGet([traceIdOf(9), trace.traceId])).map(({ traceId }) => traceId)).toEqual([
      trace.traceId,
    ]);
  });

  test('Traces.start refuses experiments that are not there or deleted', async () => {
    const { traces, experiments } = await start(open);
    await expect(traces.start(newTrace(1, { experimentId: '99' }))).rejects.toThrow(
      'No Experiment with id=99 exists',
    );
    const id = await experiments.create({ name: 'gone' });
    await experiments.delete(id);
    await expect(traces.start(newTrace(1, { experimentId: id }))).rejects.toThrow(
      `The experiment ${id} must be in the 'active' state`,
    );
    await expect(traces.get(traceIdOf(1))).rejects.toThrow(`Trace with ID '${traceIdOf(1)}' not found.`);
  });

  test('a trace may come before its spans and after them, with the same result', async () => {
    const { traces, spans } = await start(open);
    const usage = { 'mlflow.chat.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}' };
    const recorded = (number: number) =>
      newTrace(number, {
        metadata: {
          'mlflow.trace_schema.version': '3',
          'mlflow.trace.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
        },
        tags: { color: 'red' },
      });
    await spans.log('0', [newSpan(1, 1, { attributes: { ...usage, 'mlflow.spanInputs': '{"x": 1}' } })]);
    await traces.start(recorded(1));
    await traces.start(recorded(2));
    await spans.log('0', [newSpan(2, 1, { attributes: { ...usage, 'mlflow.spanInputs': '{"x": 1}' } })]);
    const [first, second] = await traces.batchGet([traceIdOf(1), traceIdOf(2)]);
    expect(first?.requestPreview).toBe('{"x": 1}');
    expect(first?.metadata).toEqual(second?.metadata);
    expect(Object.keys(first?.tags ?? {})).toEqual([
      'color',
      'mlflow.artifactLocation',
      'mlflow.trace.spansLocation',
    ]);
    expect(second?.requestPreview).toBe(first?.requestPreview);
  });

  test('Spans.log makes the trace of spans that come alone, and counts a span that is sent again once', async () => {
    const { spans, traces } = await start(open);
    const child = newSpan(1, 2, {
      parentId: newSpan(1, 1).spanId,
      attributes: { 'mlflow.chat.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}' },
    });
    await spans.log('0', [child]);
    expect(await traces.get(traceIdOf(1))).toMatchObject({
      state: 'IN_PROGRESS',
      requestTime: now + 1,
      executionDuration: 2,
    });
    const root = newSpan(1, 1, {
      status: 'ERROR',
      endTime: child.startTime + 50_000_000n,
      attributes: { 'session.id': '"s"', 'mlflow.spanOutputs': '30' },
    });
    await spans.log('0', [root, child, newSpan(2, 1)]);
    expect(await traces.get(traceIdOf(1))).toMatchObject({
      state: 'ERROR',
      executionDuration: 50,
      responsePreview: '30',
      metadata: {
        'mlflow.trace.session': 's',
        'mlflow.trace.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
      },
    });
    expect((await spans.get(traceIdOf(1))).spans.map(({ spanId }) => spanId)).toEqual([
      root.spanId,
      child.spanId,
    ]);
    await expect(spans.log('77', [newSpan(3, 1)])).rejects.toThrow('No Experiment with id=77 exists');
  });

  test('Spans.get gives spans back as they were', async () => {
    const { spans } = await start(open);
    const span = newSpan(1, 1, {
      statusMessage: 'why',
      attributes: { a: '1.0', b: '12345678901234567890', c: '"\\u0000 \\"ü"', 'mlflow.spanType': '"TOOL"' },
      events: [{ name: 'e', time: 1_795_182_120_544_346_112n, attributes: { n: '1' } }],
    });
    await spans.log('0', [span]);
    const trace = await spans.get(traceIdOf(1));
    expect(trace.spans).toEqual([span]);
    expect(await spans.batchGet([traceIdOf(1), traceIdOf(2)])).toEqual([trace]);
  });

  test('Spans.get refuses unknown traces and those whose spans are elsewhere; a part is given where it is asked for', async () => {
    const { spans, traces } = await start(open);
    await expect(spans.get(traceIdOf(1))).rejects.toThrow(`Trace with ID ${traceIdOf(1)} is not found.`);
    await traces.start(newTrace(1, { metadata: { 'mlflow.trace.sizeStats': '{"num_spans": 2}' } }));
    await expect(spans.get(traceIdOf(1))).rejects.toThrow('Trace data not stored in tracking store');
    await spans.log('0', [newSpan(1, 1)]);
    expect((await spans.get(traceIdOf(1), { allowPartial: true })).spans).toHaveLength(1);
    expect(await spans.batchGet([traceIdOf(1)])).toEqual([]);
    const complete = spans.get(traceIdOf(1));
    await spans.log('0', [newSpan(1, 2)]);
    expect((await complete).spans).toHaveLength(2);
  });

  test('tags of traces are set and deleted', async () => {
    const { traces } = await start(open);
    await traces.start(newTrace(1));
    await traces.setTag(traceIdOf(1), 'a', '1');
    await traces.setTag(traceIdOf(1), 'a', '2');
    expect((await traces.get(traceIdOf(1))).tags).toMatchObject({ a: '2' });
    await traces.deleteTag(traceIdOf(1), 'a');
    await expect(traces.deleteTag(traceIdOf(1), 'a')).rejects.toThrow(
      `No trace tag with key 'a' for trace with ID '${traceIdOf(1)}'`,
    );
    await expect(traces.setTag(traceIdOf(2), 'a', '1')).rejects.toThrow('not found');
  });

  test('Traces.end gives a trace its end', async () => {
    const { traces } = await start(open);
    await traces.start(newTrace(1, { executionDuration: undefined, state: 'IN_PROGRESS', tags: { a: '1' } }));
    const end = { endTime: now + 43, state: 'ERROR', metadata: { m: '1' }, tags: { a: '2' } } as const;
    expect(await traces.end(traceIdOf(1), end)).toMatchObject({
      executionDuration: 42,
      state: 'ERROR',
      metadata: { m: '1' },
      tags: { a: '2' },
    });
  });

  test('Traces.delete takes traces by id or by age, with all that is theirs', async () => {
    const { traces, spans, assessments } = await start(open);
    for (const number of [1, 2, 3, 4]) await traces.start(newTrace(number));
    await spans.log('0', [newSpan(1, 1)]);
    await assessments.create(traceIdOf(1), { name: 'a', source, content: yes });
    await traces.linkToRun([traceIdOf(1)], 'run');
    expect(await traces.delete('0', { maxTimestamp: now + 3, maxTraces: 2 })).toBe(2);
    expect(await traces.delete('0', { traceIds: [traceIdOf(2), traceIdOf(3)] })).toBe(1);
    expect(await traces.delete('7', { maxTimestamp: now + 9 })).toBe(0);
    expect((await traces.batchGet([1, 2, 3, 4].map(traceIdOf))).map(({ traceId }) => traceId)).toEqual([
      traceIdOf(4),
    ]);
    await traces.start(newTrace(1));
    expect((await traces.get(traceIdOf(1))).assessments).toEqual([]);
    await expect(traces.delete('0', {})).rejects.toThrow(
      'Either `max_timestamp_millis` or `trace_ids` must be specified.',
    );
    await expect(traces.delete('0', { maxTimestamp: 1, maxTraces: 0 })).rejects.toThrow('received 0.');
  });

  test('assessments are created, changed, overridden and deleted', async () => {
    const { traces, assessments } = await start(open);
    await traces.start(newTrace(1));
    const id = traceIdOf(1);
    const first = await assessments.create(id, {
      name: 'a',
      source,
      content: yes,
      metadata: { m: '1' },
      createdAt: 5,
      updatedAt: 5,
    });
    expect(first).toMatchObject({ name: 'a', valid: true, content: yes, createdAt: 5 });
    const changed = await assessments.update(id, first.assessmentId, {
      rationale: 'because',
      metadata: { n: '2' },
    });
    expect(changed).toMatchObject({ content: yes, rationale: 'because', metadata: { m: '1', n: '2' } });
    const error = { code: 'E', message: 'bad', stackTrace: undefined };
    const second = await assessments.create(id, {
      name: 'a',
      source,
      content: { kind: 'feedback', value: null, error },
      overrides: first.assessmentId,
    });
    expect((await traces.get(id)).assessments.map(({ valid }) => valid)).toEqual([false, true]);
    await assessments.delete(id, second.assessmentId);
    await assessments.delete(id, second.assessmentId);
    expect(await assessments.get(id, first.assessmentId)).toMatchObject({
      valid: true,
      rationale: 'because',
    });
  });

  test('assessments that are not there or of another kind are refused', async () => {
    const { traces, assessments } = await start(open);
    await traces.start(newTrace(1));
    const id = traceIdOf(1);
    const want = await assessments.create(id, {
      name: 'w',
      source,
      content: { kind: 'expectation', value: [1, { a: 'x' }] },
    });
    expect((await assessments.get(id, want.assessmentId)).content).toEqual(want.content);
    await expect(assessments.get(id, 'a-0')).rejects.toThrow(
      `Assessment with ID 'a-0' not found for trace '${id}'`,
    );
    await expect(assessments.get(traceIdOf(2), 'a-0')).rejects.toThrow(
      `Trace with request_id '${traceIdOf(2)}' not found`,
    );
    await expect(assessments.update(id, want.assessmentId, { content: yes })).rejects.toThrow(
      'Cannot update feedback value on an Expectation assessment.',
    );
    await expect(
      assessments.create(id, { name: 'a', source, content: yes, overrides: 'a-0' }),
    ).rejects.toThrow(`Assessment with ID 'a-0' not found for trace '${id}'`);
    expect((await traces.get(id)).assessments).toHaveLength(1);
  });
});

const source = { type: 'HUMAN', id: 'bob' } as const;
const yes = { kind: 'feedback', value: true, error: undefined } as const;

async function start(open: OpenDatabase) {
  const database = await open();
  const { experiments } = await openTracking(database, {
    artifactLocationOf: (id) => `mlflow-artifacts:/${id}`,
  });
  return { ...openTracing(database), experiments };
}
