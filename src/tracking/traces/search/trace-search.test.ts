// Searching traces on both databases: every kind of condition, orderings, pages, correlations and metrics.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../../testing/databases.ts';
import { hex, newSpan, newTrace, now, traceIdOf } from '../../../testing/sample-traces.ts';
import { openTracking, trackingMigration } from '../../index.ts';
import { openTracing, type Tracing, tracesMigration } from '../index.ts';

/** Filters and the numbers of the traces that meet them, newest first. */
const cases: readonly (readonly [filter: string, found: readonly number[]])[] = [
  ['', [4, 3, 2, 1]],
  ["status = 'ERROR'", [3]],
  ["attributes.status != 'OK'", [4, 3]],
  ["tags.color = 'red'", [2, 1]],
  ["tags.color != 'red'", [3]],
  ['tags.color IS NULL', [4]],
  ["tags.`x y` = 'ü'", [1]],
  ["name LIKE 'f%'", [2, 1]],
  ["name IN ('f', 'g')", [3, 2, 1]],
  ["name RLIKE '^(f|g)$'", [3, 2, 1]],
  ["metadata.mlflow.trace.user ILIKE 'ANN'", [1]],
  ["run_id = 'r1'", [4, 1]],
  ["run_id IN ('r1', 'r2')", [4, 2, 1]],
  ["prompt = 'p/1'", [3]],
  ['execution_time >= 30', [3]],
  [`timestamp < ${now + 3}`, [2, 1]],
  [`end_time = ${now + 2 + 20}`, [2]],
  ['NOT (execution_time > 0)', [4]],
  ["client_request_id IN ('c1', 'c3')", [3, 1]],
  [`request_id = '${traceIdOf(2)}'`, [2]],
  ["span.name = 'search' AND span.status = 'ERROR'", [2]],
  ["span.name = 'search'", [2, 1]],
  ["span.name = 'search' OR span.type = 'LLM'", [3, 2, 1]],
  ["span.attributes.k = 'v'", [1]],
  ["span.attributes.k = '7'", [2]],
  ["span.attributes.`a.b c` LIKE '%\"%'", [1]],
  ["span.attributes.k != 'v'", [2]],
  ["span.attributes.nul LIKE '%x%'", []],
  ["trace.text LIKE '%needle%'", [3]],
  ["feedback.score = '0.75'", [1]],
  ["feedback.score = '5'", [2]],
  ["feedback.score != '5'", [1]],
  ["feedback.good = 'true'", [2, 1]],
  ["feedback.word LIKE 'y%'", [3]],
  ["feedback.word = 'yes'", [3]],
  ['feedback.word IS NOT NULL', [3]],
  ['feedback.good IS NULL', [4, 3]],
  ["expectation.want = 'x'", [3]],
  ["issue.id = 'iss-1'", [4]],
  ["tags.color = 'red' AND NOT feedback.score = '5'", [1]],
];

await describeDatabases([trackingMigration, tracesMigration], (open) => {
  test('TraceSearch finds what each condition means', async () => {
    const { search } = await filled(open);
    const found = [];
    for (const [filter] of cases) {
      const { items } = await search.search({ experimentIds: ['0'], filter });
      found.push([filter, items.map(({ traceId }) => Number.parseInt(traceId.slice(3), 16))]);
    }
    expect(found).toEqual(cases);
  });

  test('TraceSearch orders, and its pages follow each other whatever the order', async () => {
    const { search } = await filled(open);
    const all = async (orderBy: readonly string[]) => {
      const found: number[] = [];
      let pageToken: string | undefined;
      do {
        const page = await search.search({ experimentIds: ['0', '1'], orderBy, maxResults: 1, pageToken });
        found.push(...page.items.map(({ traceId }) => Number.parseInt(traceId.slice(3), 16)));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return found;
    };
    expect(await all([])).toEqual([4, 3, 2, 1]);
    expect(await all(['timestamp ASC'])).toEqual([1, 2, 3, 4]);
    expect(await all(['execution_time ASC'])).toEqual([1, 2, 3, 4]);
    expect(await all(['execution_time DESC'])).toEqual([3, 2, 1, 4]);
    expect(await all(['tags.color DESC'])).toEqual([2, 1, 3, 4]);
    expect(await all(['name ASC', 'timestamp ASC'])).toEqual([1, 2, 3, 4]);
    expect(await all(['metadata.mlflow.trace.user', 'status DESC'])).toEqual([1, 2, 4, 3]);
  });

  test('TraceSearch refuses what it cannot read', async () => {
    const { search } = await filled(open);
    const searching = (more: object) => search.search({ experimentIds: ['0'], ...more });
    await expect(searching({ filter: 'bogus = 1' })).rejects.toThrow(
      "Invalid attribute key 'bogus' specified.",
    );
    await expect(searching({ pageToken: 'xx' })).rejects.toThrow(
      'Invalid page token, could not base64-decode',
    );
    await expect(searching({ maxResults: 0 })).rejects.toThrow('It must be a positive integer');
    await expect(searching({ maxResults: 50_001 })).rejects.toThrow('It must be at most 50000');
    expect(await search.search({ experimentIds: [] })).toEqual({ items: [], nextPageToken: undefined });
  });

  test('TraceSearch.correlate counts on top of the base filter', async () => {
    const { search } = await filled(open);
    const request = { experimentIds: ['0'], first: "tags.color = 'red'", second: "name = 'f'" };
    expect(await search.correlate(request)).toMatchObject({
      total: 4,
      first: 2,
      second: 2,
      joint: 2,
      npmi: expect.closeTo(1, 12),
    });
    expect(await search.correlate({ ...request, base: "name = 'g' OR name = 'f'" })).toMatchObject({
      total: 3,
    });
    expect(await search.correlate({ ...request, second: "name = 'h'" })).toMatchObject({
      second: 0,
      npmi: Number.NaN,
    });
  });

  test('TraceMetrics counts, sums, averages and ranks by dimension', async () => {
    const { metrics } = await filled(open);
    const query = metrics.query.bind(metrics);
    const traces = { experimentIds: ['0'], view: 'TRACES' } as const;
    const count = { type: 'COUNT' } as const;
    expect(
      await query({
        ...traces,
        metric: 'trace_count',
        aggregations: [count],
        dimensions: ['trace_name', 'trace_status'],
      }),
    ).toEqual([
      { metric: 'trace_count', dimensions: { trace_name: 'f', trace_status: 'OK' }, values: { COUNT: 2 } },
      { metric: 'trace_count', dimensions: { trace_name: 'g', trace_status: 'ERROR' }, values: { COUNT: 1 } },
    ]);
    const percentile = (value: number) => ({ type: 'PERCENTILE', percentile: value }) as const;
    const aggregations = [
      { type: 'AVG' },
      percentile(50),
      percentile(75),
      percentile(0),
      percentile(100),
    ] as const;
    expect((await query({ ...traces, metric: 'latency', aggregations }))[0]?.values).toEqual({
      AVG: 20,
      'P50.0': 20,
      'P75.0': 25,
      'P0.0': 10,
      'P100.0': 30,
    });
    expect(
      (await query({ ...traces, metric: 'total_tokens', aggregations: [{ type: 'SUM' }] }))[0]?.values,
    ).toEqual({ SUM: 7 });
    const spans = { experimentIds: ['0'], view: 'SPANS' } as const;
    expect(
      await query({ ...spans, metric: 'span_count', aggregations: [count], dimensions: ['span_type'] }),
    ).toEqual([{ metric: 'span_count', dimensions: { span_type: 'LLM' }, values: { COUNT: 1 } }]);
    expect(
      (
        await query({
          ...spans,
          metric: 'latency',
          aggregations: [{ type: 'AVG' }],
          filters: ["span.name = 'search'"],
        })
      )[0]?.values,
    ).toEqual({ AVG: 2 });
    expect(
      (await query({ ...spans, metric: 'total_cost', aggregations: [{ type: 'SUM' }] }))[0]?.values,
    ).toEqual({ SUM: 0.5 });
    const assessments = { experimentIds: ['0'], view: 'ASSESSMENTS' } as const;
    expect(
      await query({
        ...assessments,
        metric: 'assessment_value',
        aggregations: [{ type: 'AVG' }],
        dimensions: ['assessment_name'],
      }),
    ).toEqual([
      { metric: 'assessment_value', dimensions: { assessment_name: 'good' }, values: { AVG: 1 } },
      { metric: 'assessment_value', dimensions: { assessment_name: 'score' }, values: { AVG: 2.875 } },
      { metric: 'assessment_value', dimensions: { assessment_name: 'word' }, values: { AVG: 1 } },
    ]);
  });

  test('TraceMetrics groups by time and filters', async () => {
    const { metrics } = await filled(open);
    const request = {
      experimentIds: ['0'],
      view: 'TRACES',
      metric: 'trace_count',
      aggregations: [{ type: 'COUNT' }],
    } as const;
    expect(await metrics.query({ ...request, interval: 60, startTime: 0, endTime: now + 100 })).toEqual([
      {
        metric: 'trace_count',
        dimensions: { time_bucket: '2026-11-20T13:42:00+00:00' },
        values: { COUNT: 4 },
      },
    ]);
    const counted = async (filter: string) =>
      (await metrics.query({ ...request, filters: [filter] }))[0]?.values.COUNT;
    expect(await counted("trace.tag.color = 'red'")).toBe(2);
    expect(await counted("trace.metadata.`mlflow.trace.user` = 'ann'")).toBe(1);
    expect(await counted("trace.status = 'none'")).toBeUndefined();
    await expect(counted("span.name = 'x'")).rejects.toThrow(
      'Filtering by span is only supported for SPANS view type, got TRACES',
    );
    await expect(counted("trace.status > 'x'")).rejects.toThrow(
      "Invalid comparator: '>', only '=' operator is supported",
    );
    await expect(metrics.query({ ...request, metric: 'nope' })).rejects.toThrow(
      "metric_name must be one of ['trace_count', 'latency'",
    );
    await expect(metrics.query({ ...request, aggregations: [{ type: 'SUM' }] })).rejects.toThrow(
      "Found invalid aggregation_type(s): ['SUM']. Supported aggregation types: ['COUNT']",
    );
    await expect(metrics.query({ ...request, interval: 60 })).rejects.toThrow(
      'start_time_ms and end_time_ms are required',
    );
  });
});

async function filled(open: OpenDatabase): Promise<Tracing> {
  const database = await open();
  await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  const tracing = openTracing(database);
  const { traces, assessments } = tracing;
  const name = (value: string) => ({ 'mlflow.traceName': value });
  await traces.start(
    newTrace(1, {
      clientRequestId: 'c1',
      tags: { ...name('f'), color: 'red', 'x y': 'ü' },
      metadata: { 'mlflow.trace.user': 'ann', 'mlflow.sourceRun': 'r1', 'mlflow.trace.session': 's' },
    }),
  );
  await traces.start(
    newTrace(2, {
      tags: { ...name('f'), color: 'red' },
      metadata: { 'mlflow.trace.user': 'bob', 'mlflow.sourceRun': 'r2', 'mlflow.trace.session': 's' },
    }),
  );
  await traces.start(
    newTrace(3, {
      clientRequestId: 'c3',
      state: 'ERROR',
      tags: { ...name('g'), color: 'blue' },
      metadata: { 'mlflow.trace.tokenUsage': '{"total_tokens": 7}' },
    }),
  );
  await traces.start(newTrace(4, { executionDuration: undefined, state: 'IN_PROGRESS' }));
  await traces.linkToRun([traceIdOf(4)], 'r1');
  await traces.linkPrompts(traceIdOf(3), [{ name: 'p', version: 1 }]);
  await logSpans(tracing);
  const source = { type: 'HUMAN', id: undefined } as const;
  const feedback = (value: string | number | boolean) =>
    ({ kind: 'feedback', value, error: undefined }) as const;
  await assessments.create(traceIdOf(1), { name: 'score', source, content: feedback(0.75) });
  await assessments.create(traceIdOf(2), { name: 'score', source, content: feedback(5) });
  await assessments.create(traceIdOf(1), {
    name: 'good',
    source,
    content: feedback(true),
    metadata: { 'mlflow.trace.session': 's' },
  });
  await assessments.create(traceIdOf(3), { name: 'word', source, content: feedback('yes') });
  await assessments.create(traceIdOf(3), {
    name: 'want',
    source,
    content: { kind: 'expectation', value: 'x' },
  });
  await assessments.create(traceIdOf(4), {
    name: 'iss-1',
    source,
    content: { kind: 'issue', issueName: 'slow' },
  });
  return tracing;
}

async function logSpans({ spans }: Tracing): Promise<void> {
  const child = { parentId: hex(9, 16) };
  await spans.log('0', [
    newSpan(1, 1, { ...child, name: 'search', attributes: { k: '"v"', 'a.b c': '"say \\"hi\\""' } }),
    newSpan(1, 2, { ...child, name: 'other', status: 'ERROR', attributes: { nul: '"\\u0000"' } }),
    newSpan(2, 1, { ...child, name: 'search', status: 'ERROR', attributes: { k: '7' } }),
    newSpan(3, 1, {
      ...child,
      attributes: {
        'mlflow.spanType': '"LLM"',
        text: '"a needle"',
        'mlflow.llm.cost': '{"total_cost": 0.5}',
      },
    }),
  ]);
}
