// The gateway's signature: proves who asks, in place of an API key. It bears no time, so that a request that was overheard can be repeated.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Principal, Scope } from '../../access/index.ts';
import { type Secret, sha256 } from '../../core/index.ts';
import type { Authenticate } from '../http/authenticate.ts';
import { readBody } from '../http/read-body.ts';
import { Refusal } from '../http/refusal.ts';

/** What the gateway says of its user. */
const claimsSchema = z.looseObject({
  uid: z.string().refine((uid) => uid.isWellFormed() && /^[^\s\p{Cc}]{1,128}$/u.test(uid)),
  admin: z.boolean().default(false),
});

const scopes: ReadonlySet<Scope> = new Set(['train', 'read']);

/** How a route asks for a signature. */
export type SignatureOptions = {
  readonly secret: Secret;
  /** The most bytes of a body. */
  readonly bodyLimit: number;
  /** Only users whose claims say `admin: true`. */
  readonly adminsOnly: boolean;
};

/** Takes requests that the gateway has signed; their user owns what comes of them. */
export function bySignature({ secret, bodyLimit, adminsOnly }: SignatureOptions): Authenticate {
  return async (http): Promise<Principal> => {
    const user = header(http, 'x-novalto-user');
    const signature = header(http, 'x-novalto-signature');
    if (!isSignatureOf(await messages(http, { user, bodyLimit }), { signature, secret }))
      throw refusal('x-novalto-signature does not fit the request; sign it with the secret of this service');
    const { uid, admin } = readClaims(user);
    if (adminsOnly && !admin)
      throw new Refusal('forbidden', `Cannot answer: '${uid}' is no admin, and only admins may start runs`);
    return { keyId: null, owner: uid, scopes };
  };
}

/** The headers that the gateway sends with a request. `path` as it is sent, with its query or without. */
export function signatureHeaders(
  {
    method,
    path,
    body = '',
  }: { readonly method: string; readonly path: string; readonly body?: string | Uint8Array },
  { claims, secret }: { readonly claims: unknown; readonly secret: Secret },
): Readonly<Record<string, string>> {
  const user = Buffer.from(JSON.stringify(claims)).toString('base64');
  const signature = digest([method, path, sha256(body), user].join('\n'), secret).toString('hex');
  return { 'x-novalto-user': user, 'x-novalto-signature': signature };
}

type Unread = { readonly user: string; readonly bodyLimit: number };

/** What may have been signed: the path with its query, or alone; no route of this protocol reads a query. */
async function messages(http: IncomingMessage, { user, bodyLimit }: Unread): Promise<readonly string[]> {
  const { method = 'GET', url = '/' } = http;
  const hash = sha256(await readBody(http, bodyLimit));
  return [url, url.split('?')[0] ?? ''].map((path) => [method, path, hash, user].join('\n'));
}

function isSignatureOf(
  candidates: readonly string[],
  { signature, secret }: { readonly signature: string; readonly secret: Secret },
): boolean {
  const given = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(32);
  const fits = candidates.map((message) => timingSafeEqual(digest(message, secret), given));
  return fits.includes(true);
}

function digest(message: string, secret: Secret): Buffer {
  return createHmac('sha256', secret.reveal()).update(message, 'utf8').digest();
}

function readClaims(user: string): z.output<typeof claimsSchema> {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(user, 'base64').toString('utf8')));
  } catch {
    throw refusal(
      'x-novalto-user is not the base64 of JSON with a uid; send {"uid": ..., "email": ..., "admin": ...}',
    );
  }
}

function header(http: IncomingMessage, name: string): string {
  const value = http.headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw refusal(`it has no ${name}; only the gateway's requests are taken`);
}

function refusal(reason: string): Refusal {
  return new Refusal('unauthenticated', `Cannot answer: ${reason}`);
}
