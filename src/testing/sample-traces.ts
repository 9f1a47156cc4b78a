// Traces and spans for tests.
import type { NewTrace, Span } from '../tracking/index.ts';

export const now = 1_795_182_120_000;

/** A trace of experiment 0 as a client records it; `number` tells traces apart. */
export function newTrace(number: number, more: Partial<NewTrace> = {}): NewTrace {
  return {
    traceId: traceIdOf(number),
    experimentId: '0',
    requestTime: now + number,
    executionDuration: 10 * number,
    state: 'OK',
    clientRequestId: undefined,
    requestPreview: undefined,
    responsePreview: undefined,
    metadata: {},
    tags: {},
    assessments: [],
    ...more,
  };
}

/** A root span of 2 ms; `number` tells spans apart. */
export function newSpan(trace: number, number: number, more: Partial<Span> = {}): Span {
  const startTime = BigInt(now + trace) * 1_000_000n + 123n;
  return {
    traceId: traceIdOf(trace),
    otelTraceId: traceIdOf(trace).slice(3),
    spanId: hex(number, 16),
    parentId: undefined,
    name: `span ${number}`,
    startTime,
    endTime: startTime + 2_000_000n,
    status: 'OK',
    statusMessage: '',
    attributes: {},
    events: [],
    ...more,
  };
}

export function traceIdOf(number: number): string {
  return `tr-${hex(number, 32)}`;
}

export function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
