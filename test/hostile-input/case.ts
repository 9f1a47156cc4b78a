// One hostile request: what is sent, and the answer that is right.
import type { Reply } from './send.ts';
import type { World } from './world.ts';

/** What an answer must be. Texts are pieces of what must be there. */
export type ExpectedAnswer = {
  /** 0: the connection is closed without an answer. */
  readonly status: number;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly message?: string;
  /** Headers that must be there, and what they match. */
  readonly headers?: Readonly<Record<string, RegExp>>;
};

/**
 * A row of the table. Whatever it sends, nothing may be stored beyond what it `leaves`, nothing outside of the data directory, no fault
 * of the server's be logged, and the next caller must be answered as before.
 */
export type HostileCase = {
  readonly what: string;
  readonly send: (world: World) => Promise<Reply>;
  readonly answer: ExpectedAnswer;
  /** What the row may store: the number of new records. */
  readonly leaves?: { readonly files?: number; readonly jobs?: number };
};

/** Rows of one kind. */
export type HostileGroup = { readonly title: string; readonly cases: readonly HostileCase[] };

/** What an answer tells, whatever the protocol. */
export function tellingOf({ text }: Reply): Readonly<Record<string, unknown>> {
  const body = parsed(text);
  if (!isObject(body)) return { message: text };
  if (isObject(body.error)) return body.error;
  return { ...body, message: body.detail ?? body.message ?? text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
