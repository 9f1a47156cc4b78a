// What is refused for reasons that only HTTP knows: who asks, how much, how often. Features throw the errors of core.

const statuses = {
  unreadable: 400,
  unauthenticated: 401,
  forbidden: 403,
  'method-not-allowed': 405,
  'unsupported-type': 415,
  'too-large': 413,
  'too-many': 429,
  'timed-out': 408,
  stopping: 503,
} as const;

export type RefusalKind = keyof typeof statuses;

/** A refusal; each face tells it in its own form. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** How long to wait before the next try, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: RefusalKind, message: string, { retryAfterMs }: { readonly retryAfterMs?: number } = {}) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }

  get status(): number {
    return statuses[this.kind];
  }
}

/** The headers that tell clients when to come again. */
export function retryHeaders(retryAfterMs: number | undefined): Readonly<Record<string, string>> {
  if (retryAfterMs === undefined) return {};
  const ms = Math.max(1, Math.ceil(retryAfterMs));
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(ms) };
}
