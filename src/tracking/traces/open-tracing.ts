// Opens tracing on a database: its parts.
import type { Database } from '../../store/index.ts';
import { Assessments } from './assessments.ts';
import { TraceMetrics } from './metrics/trace-metrics.ts';
import { TraceSearch } from './search/trace-search.ts';
import { Spans } from './spans/spans.ts';
import type { TraceTables } from './tables.ts';
import { Traces } from './traces.ts';

/** Tracing on one database. */
export type Tracing = {
  readonly traces: Traces;
  readonly spans: Spans;
  readonly assessments: Assessments;
  readonly search: TraceSearch;
  readonly metrics: TraceMetrics;
};

/** Opens tracing on a database that has been migrated. */
export function openTracing(database: Database): Tracing {
  const tables = database.tables<TraceTables>();
  return {
    traces: new Traces(tables),
    spans: new Spans(tables),
    assessments: new Assessments(tables),
    search: new TraceSearch(tables),
    metrics: new TraceMetrics(tables),
  };
}
