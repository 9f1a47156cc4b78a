// A request as endpoints see it, and what goes back.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Principal } from '../../access/index.ts';
import type { TraceContext } from '../../platform/index.ts';

/** `VERB /path`; `{name}` takes one segment of the path and `{name*}` all that remain. */
export type Route = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/** A query's values; several for a name that occurs several times. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One request, before anything is read of its body. */
export type HttpCall = {
  /** The values of the route's `{names}`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Method, headers and the body as a stream. */
  readonly http: IncomingMessage;
  /** The most bytes of a body that is read as a whole. */
  readonly bodyLimit: number;
  /** Who asks. */
  readonly principal: Principal;
  /** In the answer's `x-request-id`, in the log, in the records of what came of it. */
  readonly requestId: string;
  /** For what comes of the request: jobs, texts. */
  readonly trace: TraceContext | undefined;
  /** Aborts when the client goes away before it has its answer. */
  readonly whenGone: () => AbortSignal;
};

/** What goes back. */
export type Answer = {
  /** 200 unless given. */
  readonly status?: number;
  /** `content-type` is `application/json` unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text must be ASCII. */
  readonly body: string | Uint8Array | Readable;
};
