// What tracing speaks of: traces, their spans, and what people and judges say of them.
import type { JsonValue } from './json-text.ts';

/** How a trace stands, in the order of the numbers that they have on the wire. */
export const traceStates = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] as const;
/** One of {@link traceStates}. */
export type TraceState = (typeof traceStates)[number];

/** Texts by key, such as tags. */
export type TextMap = Readonly<Record<string, string>>;

/** A trace without its spans. Times are milliseconds since 1970. */
export type TraceInfo = {
  /** `tr-` and the 32 hexadecimal digits of the OpenTelemetry trace. */
  readonly traceId: string;
  readonly experimentId: string;
  readonly requestTime: number;
  /** Milliseconds; undefined while the trace runs. */
  readonly executionDuration: number | undefined;
  readonly state: TraceState;
  readonly clientRequestId: string | undefined;
  readonly requestPreview: string | undefined;
  readonly responsePreview: string | undefined;
  /** What does not change once the trace is there. */
  readonly metadata: TextMap;
  readonly tags: TextMap;
  readonly assessments: readonly Assessment[];
};

/** A trace to record. */
export type NewTrace = Omit<TraceInfo, 'assessments'> & { readonly assessments: readonly NewAssessment[] };

/** A trace with its spans: root spans first, then by their start. */
export type Trace = { readonly info: TraceInfo; readonly spans: readonly Span[] };

/** How a step ended; UNSET where it does not say. */
export type SpanStatus = 'UNSET' | 'OK' | 'ERROR';

/** The attributes of a span or an event: JSON texts by key, so that integers of any size and `1.0` stay what they are. */
export type SpanAttributes = Readonly<Record<string, string>>;

/** One step of a trace. Times are nanoseconds since 1970. */
export type Span = {
  /** As in {@link TraceInfo}. */
  readonly traceId: string;
  /** 32 hexadecimal digits. */
  readonly otelTraceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Undefined for a root span. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly startTime: bigint;
  readonly endTime: bigint | undefined;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
};

/** Something that happened at one moment of a span. `time` is nanoseconds since 1970. */
export type SpanEvent = {
  readonly name: string;
  readonly time: bigint;
  readonly attributes: SpanAttributes;
};

/** Who assesses, in the order of the numbers that they have on the wire. */
export const assessmentSourceTypes = ['SOURCE_TYPE_UNSPECIFIED', 'HUMAN', 'LLM_JUDGE', 'CODE'] as const;
/** One of {@link assessmentSourceTypes}. */
export type AssessmentSourceType = (typeof assessmentSourceTypes)[number];

/** Who said it: `id` is a user, the name of a judge, a file of code. */
export type AssessmentSource = { readonly type: AssessmentSourceType; readonly id: string | undefined };

/** Why a judgement could not be made. */
export type AssessmentError = {
  readonly code: string;
  readonly message: string | undefined;
  readonly stackTrace: string | undefined;
};

/** What is said: a judgement of what was done, what should have been done, or a known issue that shows. */
export type AssessmentContent =
  | { readonly kind: 'feedback'; readonly value: JsonValue; readonly error: AssessmentError | undefined }
  | { readonly kind: 'expectation'; readonly value: JsonValue }
  | { readonly kind: 'issue'; readonly issueName: string };

/** An assessment to add. Times are milliseconds since 1970; now, where they are not given. */
export type NewAssessment = {
  /** Given by the database unless it is here. */
  readonly assessmentId?: string | undefined;
  readonly name: string;
  readonly source: AssessmentSource;
  readonly content: AssessmentContent;
  readonly rationale?: string | undefined;
  readonly metadata?: TextMap | undefined;
  readonly spanId?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly updatedAt?: number | undefined;
  /** The assessment that this one replaces, which is no longer valid then. */
  readonly overrides?: string | undefined;
};

/** An assessment of a trace or of one of its spans. Times are milliseconds since 1970. */
export type Assessment = {
  readonly assessmentId: string;
  readonly traceId: string;
  readonly name: string;
  readonly source: AssessmentSource;
  readonly content: AssessmentContent;
  readonly rationale: string | undefined;
  readonly metadata: TextMap | undefined;
  readonly spanId: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly overrides: string | undefined;
  /** False where another assessment overrides it. */
  readonly valid: boolean;
};

/** What an update of an assessment changes; what is absent stays. */
export type AssessmentChange = {
  readonly name?: string;
  readonly content?: AssessmentContent;
  readonly rationale?: string;
  /** Merged into what is there. */
  readonly metadata?: TextMap;
};

/** A prompt of the registry, as traces are linked to it. */
export type PromptVersion = { readonly name: string; readonly version: number };
