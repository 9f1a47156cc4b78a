// Fetches a file by a URL that somebody else has given: from public addresses alone, within limits of size and time.
import type { IncomingMessage, RequestOptions } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { InputError } from '../../core/index.ts';
import { isPublicAddress } from './public-address.ts';
import { remoteUrl } from './remote-url.ts';

/** Bytes as they come over the wire; times in ms. */
export type FetchLimits = {
  readonly bytes: number;
  /** Until a connection stands. @default 10,000 */
  readonly connectMs?: number;
  /** In which nothing comes. @default 15,000 */
  readonly idleMs?: number;
  /** From the first look-up to the last byte, over all redirects. @default 60,000 */
  readonly totalMs?: number;
};

export type RemoteFetchOptions = {
  readonly limits: FetchLimits;
  /** Lets it go to addresses of this machine and its network, too: whoever names a URL can then read what those answer. @default false */
  readonly allowPrivate?: boolean;
  readonly signal?: AbortSignal;
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
};

const mostRedirects = 5;

/**
 * The bytes behind an http(s) URL. Each name is looked up once, all its addresses must be public, and the connection goes to those
 * that were looked at: what a name leads to later plays no part. The same holds after every redirect.
 * @throws InputError that tells why not, without anything that was answered
 */
export async function fetchRemote(text: string, options: RemoteFetchOptions): Promise<Uint8Array> {
  const { totalMs = 60_000 } = options.limits;
  const timeout = AbortSignal.timeout(totalMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  let url = remoteUrl(text);
  try {
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const answer = await get(url, { ...options, signal });
      if (answer instanceof Uint8Array) return answer;
      url = answer;
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (timeout.aborted) throw refusal(`it took longer than ${totalMs / 1000} s`);
    throw error instanceof InputError ? error : refusal(connectionFault(error), error);
  }
  throw refusal(`it redirects more than ${mostRedirects} times`);
}

type GetOptions = RemoteFetchOptions & { readonly signal: AbortSignal };

/** The body, or the address that the answer redirects to. */
async function get(url: URL, options: GetOptions): Promise<Uint8Array | URL> {
  const addresses = await checkedAddresses(url, options);
  const answer = await ask(url, { ...options, addresses });
  try {
    const { statusCode = 0, headers } = answer;
    if ([301, 302, 303, 307, 308].includes(statusCode)) return redirected(url, headers.location);
    if (statusCode !== 200) throw refusal(`the server answered with the status ${statusCode}`);
    const encoding = headers['content-encoding'] ?? 'identity';
    // Packed bytes are known by themselves; other packings were not asked for
    if (!/^(identity|gzip|x-gzip)$/i.test(encoding)) throw refusal('it is packed in another way than gzip');
    return await bodyOf(answer, options.limits);
  } finally {
    answer.destroy();
  }
}

function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw refusal('it redirects to nowhere');
  return remoteUrl(new URL(location, from).href);
}

/** The addresses of a URL's host. @throws InputError where one is not public */
async function checkedAddresses(url: URL, options: GetOptions): Promise<readonly string[]> {
  const { resolve = systemAddresses, allowPrivate = false, signal } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : await unlessAborted(resolve(host), signal);
  if (addresses.length === 0) throw refusal('its host has no address');
  if (!allowPrivate && !addresses.every(isPublicAddress))
    throw refusal('its host is not on the public internet; put the file where others can reach it');
  return addresses;
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

type AskOptions = GetOptions & { readonly addresses: readonly string[] };

function ask(url: URL, { addresses, limits, signal }: AskOptions): Promise<IncomingMessage> {
  const { connectMs = 10_000, idleMs = 15_000 } = limits;
  const isHttps = url.protocol === 'https:';
  // An import by name would load all of the module's clients
  const { Agent, request: send } = process.getBuiltinModule(isHttps ? 'node:https' : 'node:http');
  const options: RequestOptions = {
    // A connection of its own: one that is kept was made to an address that nobody looks at now
    agent: new Agent({ keepAlive: false }),
    lookup: answering(addresses),
    headers: { 'user-agent': 'hone', accept: '*/*', 'accept-encoding': 'identity' },
    signal,
  };
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const request = send(url, options, (received) => {
      answer = received;
      resolve(received);
    });
    request.on('error', reject);
    const connecting = setTimeout(() => request.destroy(refusal('no connection came about')), connectMs);
    request.once('socket', (socket) => {
      socket.once(isHttps ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
      socket.setTimeout(idleMs, () =>
        (answer ?? request).destroy(refusal(`nothing came for ${idleMs / 1000} s`)),
      );
    });
    request.once('close', () => clearTimeout(connecting));
    request.end();
  });
}

/** A look-up that gives the addresses that were looked at, whatever is asked. */
function answering(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all: wantsAll }, callback) => {
    const [first = { address: '', family: 4 }] = all;
    if (wantsAll === true) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

async function bodyOf(answer: IncomingMessage, { bytes: limit }: FetchLimits): Promise<Uint8Array> {
  const tooLarge = () => refusal(`it has more than ${limit} bytes; send it in parts`);
  if (Number(answer.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refusal(reason: string, cause?: unknown): InputError {
  return new InputError(`Cannot fetch the file: ${reason}`, { cause });
}

/** What the system says of a connection, by its code alone: its texts name addresses. */
function connectionFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'its host is not known';
  if (/CERT|TLS|SSL/.test(code)) return `the server's certificate is not good (${code})`;
  return `the connection failed${code === '' ? '' : ` (${code})`}`;
}
