// What the server tells of each request; who takes it decides how it is written.

/** One request, answered; `error` where the server failed at it. */
export type RequestEntry = {
  readonly level: 'info' | 'error';
  readonly requestId: string;
  /** Of the request's trace, where traces are recorded. */
  readonly traceId?: string;
  readonly method: string;
  /** Without its query, which may hold what is not for logs. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Whose key it was; undefined before that is known. */
  readonly owner: string | undefined;
  /** What went wrong, with its stack. */
  readonly error?: string;
};

export type RequestLog = (entry: RequestEntry) => void;

/** Tells of faults alone, on standard error, one line of JSON each. */
export const logFaults: RequestLog = (entry) => {
  if (entry.level === 'error') process.stderr.write(`${JSON.stringify(entry)}\n`);
};
