// The rows of tracing's tables, as the queries of this folder see them. `trace` is a row number.
import type { Generated } from 'kysely';
import type { TrackingTables } from '../tables.ts';
import type { AssessmentSourceType, SpanStatus, TraceState } from './entities.ts';

export type TraceTables = Pick<TrackingTables, 'experiments'> & {
  readonly traces: {
    readonly id: Generated<number>;
    readonly trace_id: string;
    readonly experiment: number;
    readonly request_time: number;
    readonly duration: number | null;
    readonly state: TraceState;
    readonly client_request_id: string | null;
    readonly request_preview: string | null;
    readonly response_preview: string | null;
  };
  readonly trace_tags: KeyedText;
  readonly trace_metadata: KeyedText;
  readonly trace_metrics: { readonly trace: number; readonly key: string; readonly value: number };
  readonly trace_links: { readonly kind: LinkKind; readonly target: string; readonly trace_id: string };
  readonly spans: {
    readonly id: Generated<number>;
    readonly trace: number;
    readonly span_id: string;
    readonly parent_id: string | null;
    readonly name: string;
    readonly type: string | null;
    readonly status: SpanStatus;
    readonly start_us: number;
    readonly duration_ns: number | null;
    readonly model: string | null;
    readonly provider: string | null;
    /** See {@link spanContent}. */
    readonly content: string;
  };
  readonly span_metrics: {
    readonly trace: number;
    readonly span_id: string;
    readonly key: string;
    readonly value: number;
  };
  readonly assessments: {
    readonly id: Generated<number>;
    readonly assessment_id: string;
    readonly trace: number;
    readonly kind: 'feedback' | 'expectation' | 'issue';
    readonly name: string;
    /** JSON; the name of the issue, as JSON, where that is the kind. */
    readonly value: string;
    readonly error: string | null;
    readonly created_at: number;
    readonly updated_at: number;
    readonly source_type: AssessmentSourceType;
    readonly source_id: string | null;
    readonly run_id: string | null;
    readonly span_id: string | null;
    readonly rationale: string | null;
    readonly overrides: string | null;
    readonly valid: 0 | 1;
    readonly metadata: string | null;
    /** Whether it speaks of all traces of its trace's session. */
    readonly session_scoped: 0 | 1;
  };
};

/** What a trace is linked to: a run by its id, a prompt as `name/version`. */
export type LinkKind = 'run' | 'prompt';

type KeyedText = { readonly trace: number; readonly key: string; readonly value: string };
