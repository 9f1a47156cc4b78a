// A face: one protocol that the server speaks, as a list of routes over what they work with.
import type { z } from 'zod';
import type { Scope } from '../../access/index.ts';
import type { Authenticate } from './authenticate.ts';
import type { Answer, HttpCall, Route } from './call.ts';

/** What a client is told of an error; `isFault` where the server is to blame and its log should have the rest. */
export type ErrorAnswer = Answer & {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly isFault: boolean;
};

/** What a key must permit: a scope, one of several, or nothing at all (null: no key is needed). */
export type NeededScope = Scope | readonly Scope[] | null;

/** One route of a face. */
export type FaceRoute = {
  readonly route: Route;
  readonly scope: NeededScope;
  /** Finds out who asks, in place of the server's own way: for protocols whose requests prove that themselves. */
  readonly authenticate?: Authenticate;
  readonly answer: (call: HttpCall) => Answer | Promise<Answer>;
  /** Absent where another place documents the protocol. */
  readonly documentation?: Documentation;
};

/** What stands in the documentation of a route. */
export type Documentation = {
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Of a body that is `multipart/form-data`. */
  readonly form?: z.ZodType;
  readonly query?: z.ZodType;
  /** Of the answer's body. */
  readonly response?: z.ZodType;
};

/** One protocol. */
export type Face = {
  readonly name: string;
  readonly routes: readonly FaceRoute[];
  /** Whether a path that no route took is this protocol's to refuse. */
  readonly owns: (path: string) => boolean;
  /**
   * The answer for an error of one of its routes.
   * @param requestId stands in answers that do not say what happened, and in the log
   */
  readonly errorAnswer: (error: unknown, requestId: string) => ErrorAnswer;
  /** The answer for a path that no route took. `allowed`: the verbs that the path has, over all faces. */
  readonly refuseUnknown: (request: UnknownRequest, requestId: string) => ErrorAnswer;
  /** How a URL is read before its route is looked for. */
  readonly rewrite?: (url: string) => string;
};

/** A request that came to no route. */
export type UnknownRequest = {
  readonly method: string;
  readonly path: string;
  readonly allowed: readonly string[];
};
