// POST traces (3.0): records a trace, whose spans come by OpenTelemetry's protocol before or after it.
import { endpoint } from '../../endpoint.ts';
import {
  fromTraceInfoMessage,
  toTraceInfoMessage,
  traceInfoMessage,
  traceMessage,
} from '../../messages/traces.ts';
import { message, required } from '../../wire/index.ts';

export const startTrace = endpoint({
  route: 'POST /api/3.0/mlflow/traces',
  request: { trace: required(message({ trace_info: required(traceInfoMessage) })) },
  response: { trace: traceMessage },
  handle: async ({ request, context }) => {
    const info = await context.tracking.tracing.traces.start(fromTraceInfoMessage(request.trace.trace_info));
    return { trace: { trace_info: toTraceInfoMessage(info) } };
  },
});
