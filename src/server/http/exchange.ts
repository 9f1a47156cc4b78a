// One request and its answer: sends it, tells of errors in the face's form, and writes the log.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span, TraceContext, Tracer } from '../../platform/index.ts';
import type { Answer, Route } from './call.ts';
import type { ErrorAnswer } from './face.ts';
import type { RequestLog } from './log.ts';
import { requestIdOf } from './request-id.ts';
import { sendAnswer, sendEarlyAnswer } from './send-answer.ts';

type ExchangeOptions = {
  readonly log: RequestLog;
  readonly tracer?: Tracer;
  /** As declared; absent where none took the request. */
  readonly route?: Route;
};

export class Exchange {
  readonly requestId: string;
  /** Whose key it is, once that is known. */
  owner: string | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #log: RequestLog;
  readonly #start = performance.now();
  readonly #span: Span | undefined;
  #gone: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, { log, tracer, route }: ExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#log = log;
    this.requestId = requestIdOf(request);
    response.setHeader('x-request-id', this.requestId);
    if (tracer?.isRecording === true) this.#span = startSpan(request, { tracer, route });
  }

  /** Of this request; undefined where traces are not recorded. */
  get trace(): TraceContext | undefined {
    return this.#span?.context;
  }

  /** Aborts when the client goes away before it has its answer. */
  readonly whenGone = (): AbortSignal => {
    if (this.#gone !== undefined) return this.#gone.signal;
    const gone = new AbortController();
    this.#gone = gone;
    const leave = () => {
      if (!this.#response.writableFinished) gone.abort(new Error('The client went away'));
    };
    if (this.#response.closed) leave();
    else this.#response.once('close', leave);
    return gone.signal;
  };

  /** Sends what `answer` makes, or what `errorAnswer` makes of its error. */
  async settle(
    answer: () => Promise<Answer>,
    errorAnswer: (error: unknown, requestId: string) => ErrorAnswer,
  ): Promise<void> {
    try {
      await sendAnswer(this.#response, await answer());
      this.#tell('info');
    } catch (error) {
      await this.#fail(error, errorAnswer(error, this.requestId));
    }
  }

  /** Sends a refusal. */
  async refuse(answer: ErrorAnswer): Promise<void> {
    await this.#send(answer);
    this.#tell('info');
  }

  async #fail(error: unknown, answer: ErrorAnswer): Promise<void> {
    const fault = () => (error instanceof Error ? (error.stack ?? error.message) : String(error));
    // The client is gone, or has part of the answer: nothing can be said any more.
    if (this.#response.headersSent || this.#response.destroyed) {
      this.#response.destroy();
      if (this.#isClients(error)) this.#tell('info');
      else this.#tell('error', fault());
      return;
    }
    await this.#send(answer);
    if (answer.isFault) this.#tell('error', fault());
    else this.#tell('info');
  }

  async #send(answer: ErrorAnswer): Promise<void> {
    const send = this.#request.complete ? sendAnswer : sendEarlyAnswer;
    await send(this.#response, answer).catch(() => this.#response.destroy());
  }

  /** Whether it was the client who broke off. */
  #isClients(error: unknown): boolean {
    if (!this.#request.complete || this.#gone?.signal.aborted === true) return true;
    return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
  }

  #tell(level: 'info' | 'error', error?: string): void {
    const { method = '', url = '' } = this.#request;
    this.#span?.set({ 'http.response.status_code': this.#response.statusCode });
    this.#span?.end(error === undefined ? {} : { error: error.split('\n')[0] ?? '' });
    this.#log({
      ...{ level, requestId: this.requestId, method, path: url.split('?')[0] ?? '' },
      ...{ status: this.#response.statusCode, ms: Math.round((performance.now() - this.#start) * 10) / 10 },
      owner: this.owner,
      ...(this.#span && { traceId: this.#span.context.traceId }),
      ...(error !== undefined && { error }),
    });
  }
}

function startSpan(
  { method = '', headers }: IncomingMessage,
  { tracer, route = 'GET /' }: { readonly tracer: Tracer; readonly route?: Route | undefined },
): Span {
  return tracer.start(route, {
    kind: 'server',
    ...(typeof headers.traceparent === 'string' && { parent: headers.traceparent }),
    attributes: { 'http.request.method': method, 'http.route': route.split(' ')[1] ?? '' },
  });
}
