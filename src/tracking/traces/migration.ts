// The tables of tracing.
import type { Migration } from '../../store/index.ts';

/**
 * Everything of a trace goes with it. A trace may be linked before it arrives, so that links name it by its id. Spans keep their start
 * in microseconds, which a double counts exactly; `content` holds it in full. `substr(value, 1, 200)`: PostgreSQL takes no index entry
 * over 2,704 bytes.
 */
export const tracesMigration: Migration = {
  name: '0003-traces',
  statements: ({ text, identity, clustered }) => [
    `create table traces (
      id ${identity},
      trace_id ${text} not null unique,
      experiment bigint not null references experiments (id) on delete cascade,
      request_time bigint not null,
      duration bigint,
      state ${text} not null,
      client_request_id ${text},
      request_preview ${text},
      response_preview ${text}
    )`,
    'create index traces_by_time on traces (experiment, request_time desc, trace_id)',
    'create index traces_by_client on traces (substr(client_request_id, 1, 200))',
    ...['trace_tags', 'trace_metadata'].flatMap((table) => [
      `create table ${table} (
        trace bigint not null references traces (id) on delete cascade,
        key ${text} not null,
        value ${text} not null,
        primary key (trace, key)
      ) ${clustered}`,
      `create index ${table}_by_value on ${table} (key, substr(value, 1, 200), trace)`,
    ]),
    `create table trace_metrics (
      trace bigint not null references traces (id) on delete cascade,
      key ${text} not null,
      value double precision not null,
      primary key (trace, key)
    ) ${clustered}`,
    `create table trace_links (
      kind ${text} not null,
      target ${text} not null,
      trace_id ${text} not null,
      primary key (kind, target, trace_id)
    ) ${clustered}`,
    'create index trace_links_by_trace on trace_links (trace_id)',
    ...spanTables(text, identity, clustered),
    `create table assessments (
      id ${identity},
      assessment_id ${text} not null unique,
      trace bigint not null references traces (id) on delete cascade,
      kind ${text} not null,
      name ${text} not null,
      value ${text} not null,
      error ${text},
      created_at bigint not null,
      updated_at bigint not null,
      source_type ${text} not null,
      source_id ${text},
      run_id ${text},
      span_id ${text},
      rationale ${text},
      overrides ${text},
      valid smallint not null,
      metadata ${text},
      session_scoped smallint not null
    )`,
    'create index assessments_by_trace on assessments (trace)',
    'create index assessments_by_value on assessments (kind, substr(name, 1, 200), substr(value, 1, 200), trace)',
  ],
};

function spanTables(text: string, identity: string, clustered: string): readonly string[] {
  return [
    `create table spans (
      id ${identity},
      trace bigint not null references traces (id) on delete cascade,
      span_id ${text} not null,
      parent_id ${text},
      name ${text} not null,
      type ${text},
      status ${text} not null,
      start_us bigint not null,
      duration_ns bigint,
      model ${text},
      provider ${text},
      content ${text} not null,
      unique (trace, span_id)
    )`,
    'create index spans_by_name on spans (substr(name, 1, 200), trace)',
    `create table span_metrics (
      trace bigint not null references traces (id) on delete cascade,
      span_id ${text} not null,
      key ${text} not null,
      value double precision not null,
      primary key (trace, span_id, key)
    ) ${clustered}`,
  ];
}
