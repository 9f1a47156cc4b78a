// Amazon's Signature Version 4 as a server checks it, to test what signs requests against another hand's work.
import { createHash, createHmac } from 'node:crypto';

/** A request as it came. */
export type SignedRequest = {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** Whether a request bears the signature that `secret` gives it, in its header or its query. */
export function isSignedWith(secret: string, request: SignedRequest): boolean {
  const { given, ...signing } = signingOf(request);
  return given !== undefined && given === signature(secret, { ...request, ...signing });
}

type Signing = { readonly credential: string; readonly signedHeaders: string; readonly date: string };

function signingOf({ target, headers }: SignedRequest): Signing & { readonly given: string | undefined } {
  const { searchParams: query } = new URL(target, 'http://server');
  const fields = new Map(
    [...(headers.authorization ?? '').matchAll(/(\w+)=([^, ]+)/g)].map(([, name, value]) => [name, value]),
  );
  return {
    credential: fields.get('Credential') ?? query.get('X-Amz-Credential') ?? '',
    signedHeaders: fields.get('SignedHeaders') ?? query.get('X-Amz-SignedHeaders') ?? '',
    date: headers['x-amz-date'] ?? query.get('X-Amz-Date') ?? '',
    given: fields.get('Signature') ?? query.get('X-Amz-Signature') ?? undefined,
  };
}

/** Amazon's "Create a signed request": the canonical request, the string to sign, the key, the signature. */
function signature(
  secret: string,
  { method, target, headers, credential, signedHeaders, date }: SignedRequest & Signing,
): string {
  const path = target
    .replace(/\?.*/s, '')
    .split('/')
    .map((segment) => encoded(decodeURIComponent(segment)));
  const { searchParams } = new URL(target, 'http://server');
  const query = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort();
  const lines = signedHeaders.split(';').map((name) => `${name}:${headers[name]?.trim() ?? ''}\n`);
  const payload = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const canonical = [method, path.join('/'), query.join('&'), lines.join(''), signedHeaders, payload].join(
    '\n',
  );
  const [, ...scope] = credential.split('/');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash].join('\n');
  const key = scope.reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
