// The messages about traces, and ours as theirs: those of today (3.0), and those of old clients (2.0).
import { InputError } from '../../../core/index.ts';
import {
  type NewTrace,
  type TextMap,
  type Trace,
  type TraceInfo,
  type TraceState,
  traceStates,
} from '../../../tracking/index.ts';
import { enumeration, type Infer, int64, message, type Output, repeated, string } from '../wire/index.ts';
import { assessmentMessage, fromAssessmentMessage, toAssessmentMessage } from './assessments.ts';
import { toSpanTree } from './spans.ts';
import { duration, textMap, timestamp, tree } from './trace-fields.ts';

/** As much of a value as answers carry. */
const longestMetadata = 250;
const longestTag = 4096;

export const locationMessage = message({
  type: string(),
  mlflow_experiment: message({ experiment_id: string() }),
});

export const traceInfoMessage = message({
  trace_id: string(),
  client_request_id: string(),
  trace_location: locationMessage,
  request_time: timestamp,
  execution_duration: duration,
  state: enumeration(traceStates, { first: 0 }),
  trace_metadata: textMap,
  assessments: repeated(assessmentMessage),
  tags: textMap,
  request_preview: string(),
  response_preview: string(),
});

export const traceMessage = message({ trace_info: traceInfoMessage, spans: repeated(tree()) });

export function toTraceInfoMessage(info: TraceInfo): Output<typeof traceInfoMessage> {
  return {
    trace_id: info.traceId,
    client_request_id: info.clientRequestId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: info.experimentId } },
    request_time: info.requestTime,
    execution_duration: info.executionDuration,
    state: info.state,
    trace_metadata: shortened(info.metadata, longestMetadata),
    assessments: info.assessments.map(toAssessmentMessage),
    tags: shortened(info.tags, longestTag),
    request_preview: info.requestPreview,
    response_preview: info.responsePreview,
  };
}

export function toTraceMessage({ info, spans }: Trace): Output<typeof traceMessage> {
  return { trace_info: toTraceInfoMessage(info), spans: spans.map(toSpanTree) };
}

/** A trace of a request. */
export function fromTraceInfoMessage(request: Infer<typeof traceInfoMessage>): NewTrace {
  return {
    traceId: request.trace_id ?? '',
    experimentId: request.trace_location?.mlflow_experiment?.experiment_id ?? '',
    requestTime: request.request_time ?? 0,
    executionDuration: request.execution_duration,
    state: request.state ?? 'STATE_UNSPECIFIED',
    clientRequestId: request.client_request_id,
    requestPreview: request.request_preview,
    responsePreview: request.response_preview,
    metadata: request.trace_metadata ?? {},
    tags: request.tags ?? {},
    assessments: request.assessments.map(fromAssessmentMessage),
  };
}

/** The ids of the experiments among locations; traces lie nowhere else here. */
export function experimentsAmong(locations: readonly Infer<typeof locationMessage>[]): readonly string[] {
  return locations.flatMap(({ mlflow_experiment: experiment }) => experiment?.experiment_id ?? []);
}

const entryMessage = message({ key: string(), value: string() });

/** What old clients have as status of a trace. */
export const oldStatus = enumeration(['TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'], {
  first: 0,
});

/** A map as old clients have it. */
export const entries = repeated(entryMessage);

export const oldTraceInfoMessage = message({
  request_id: string(),
  experiment_id: string(),
  timestamp_ms: int64(),
  execution_time_ms: int64(),
  status: oldStatus,
  request_metadata: entries,
  tags: entries,
});

export function toOldTraceInfoMessage(info: TraceInfo): Output<typeof oldTraceInfoMessage> {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.requestTime,
    execution_time_ms: info.executionDuration ?? 0,
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    request_metadata: toEntries(shortened(info.metadata, longestMetadata)),
    tags: toEntries(shortened(info.tags, longestTag)),
  };
}

export function fromOldStatus(status: Infer<typeof oldStatus> | undefined): TraceState {
  return status === undefined || status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : status;
}

export function fromEntries(list: Infer<typeof entries>): TextMap {
  return Object.fromEntries(list.map(({ key = '', value = '' }) => [key, value]));
}

/** @throws InputError with MLflow's text for a list that is not there */
export function requireList<T>(name: string, list: readonly T[]): readonly T[] {
  if (list.length === 0)
    throw new InputError(
      `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
    );
  return list;
}

function toEntries(map: TextMap | undefined): Output<typeof entries> {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, value }));
}

/** The map with its values cut; undefined where it is empty. */
function shortened(map: TextMap, limit: number): TextMap | undefined {
  const pairs = Object.entries(map);
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map(([key, value]) => [
      key,
      value.length <= limit ? value : Array.from(value).slice(0, limit).join(''),
    ]),
  );
}
