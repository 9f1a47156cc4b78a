// Which request a job came of, as labels: what the logs and traces of both are joined by.
import { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts';

/** The request. */
export type JobOrigin = { readonly requestId: string; readonly trace?: TraceContext | undefined };

const requestLabel = 'hone.request_id';
const traceLabel = 'hone.traceparent';

export function originLabels({ requestId, trace }: JobOrigin): Readonly<Record<string, string>> {
  return { [requestLabel]: requestId, ...(trace && { [traceLabel]: formatTraceparent(trace) }) };
}

/** @returns undefined for a job that came of no request */
export function originOf(labels: Readonly<Record<string, string>>): JobOrigin | undefined {
  const requestId = labels[requestLabel];
  return requestId === undefined ? undefined : { requestId, trace: parseTraceparent(labels[traceLabel]) };
}
