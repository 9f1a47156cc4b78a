// Who sent a request and why, for the records of who changed what.
import type { IncomingMessage } from 'node:http';

/** Who asks, and the reason that was given. */
export type Caller = { readonly by: string | undefined; readonly reason: string | undefined };

/** The user of `Authorization: Basic`, as MLflow's clients send it, and the header `X-Hone-Reason` (URI-encoded where not ASCII). */
export function callerOf({ headers }: Pick<IncomingMessage, 'headers'>): Caller {
  const reason = headers['x-hone-reason'];
  return {
    by: basicUser(headers.authorization),
    reason: typeof reason === 'string' ? shorten(decoded(reason)) : undefined,
  };
}

function basicUser(authorization: string | undefined): string | undefined {
  const credentials = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (credentials === undefined) return undefined;
  const user = Buffer.from(credentials, 'base64').toString('utf8').split(':')[0];
  return user === undefined || user === '' ? undefined : shorten(user);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing: the text means itself.
    return text;
  }
}

/** Databases keep no NUL, and a record is no place for a book. */
function shorten(text: string): string {
  return text.replaceAll('\0', '').slice(0, 1000).toWellFormed();
}
