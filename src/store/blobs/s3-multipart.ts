// Uploads in parts to a store that speaks S3, whose parts a client sends there itself: opendal signs no such requests.
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { InputError, NotFoundError, ResourceError } from '../../core/index.ts';
import type { ArtifactPath } from './artifact-path.ts';
import type { MultipartUploads, PartRequest, UploadedPart } from './blob-store.ts';

/** What S3 takes. */
const mostParts = 10_000;
/** An upload may take long, and its parts' addresses are all made when it begins. */
const partExpiresInSeconds = 12 * 3_600;

/** The uploads of a bucket, from opendal's settings for it; undefined where these hold no keys to sign with. */
export function s3Multipart(settings: Readonly<Record<string, string>>): MultipartUploads | undefined {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token, region } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const session = session_token === undefined ? {} : { sessionToken: session_token };
  return new S3Multipart(bucketUrl(settings), {
    accessKeyId,
    secretAccessKey,
    ...session,
    region: region ?? 'us-east-1',
  });
}

type Keys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
};

class S3Multipart implements MultipartUploads {
  readonly #root: string;
  readonly #signing: Keys & { readonly service: 's3'; readonly cache: Map<string, ArrayBuffer> };

  constructor(root: string, keys: Keys) {
    this.#root = root;
    this.#signing = { ...keys, service: 's3', cache: new Map() };
  }

  async create(path: ArtifactPath, { parts }: { readonly parts: number }) {
    const action = `Cannot begin an upload to '${path}'`;
    refuseParts(action, parts);
    // Some servers cannot describe a file without a type.
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#ask({ action, method: 'POST', url: this.#url(path, 'uploads='), headers });
    const uploadId = textOf(answer, 'UploadId');
    if (uploadId === undefined)
      throw new ResourceError(`${action}: the object store names no upload; check that it speaks S3`);
    return { uploadId, parts: await this.#partRequests(path, { uploadId, parts }) };
  }

  async complete(
    path: ArtifactPath,
    { uploadId, parts }: { readonly uploadId: string; readonly parts: readonly UploadedPart[] },
  ): Promise<void> {
    const action = `Cannot complete the upload to '${path}'`;
    refuseParts(action, parts.length);
    const listed = parts.map((part) => partXml(action, part)).join('');
    await this.#ask({
      action,
      method: 'POST',
      url: this.#url(path, uploadQuery(action, uploadId)),
      headers: { 'content-type': 'application/xml' },
      body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed}</CompleteMultipartUpload>`,
    });
  }

  async abort(path: ArtifactPath, uploadId: string): Promise<void> {
    const action = `Cannot abort the upload to '${path}'`;
    await this.#ask({ action, method: 'DELETE', url: this.#url(path, uploadQuery(action, uploadId)) });
  }

  async #partRequests(
    path: ArtifactPath,
    { uploadId, parts }: { readonly uploadId: string; readonly parts: number },
  ): Promise<readonly PartRequest[]> {
    const requests: PartRequest[] = [];
    for (let number = 1; number <= parts; number++) {
      const query = new URLSearchParams({
        partNumber: String(number),
        uploadId,
        'X-Amz-Expires': String(partExpiresInSeconds),
      });
      const url = this.#url(path, query.toString());
      const signed = await new AwsV4Signer({ ...this.#signing, method: 'PUT', url, signQuery: true }).sign();
      requests.push({ number, url: signed.url.href });
    }
    return requests;
  }

  #url(path: ArtifactPath, query: string): string {
    return `${this.#root}/${encodedPath(path)}?${query}`;
  }

  /** The body of an answer that grants what was asked. */
  async #ask({ action, body = '', ...request }: Request): Promise<string> {
    const headers = {
      ...request.headers,
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    };
    const signer = new AwsV4Signer({ ...this.#signing, ...request, headers, body });
    const { status, text } = await send(action, { ...(await signer.sign()), body });
    // A completion that fails midway has begun with the status 200.
    if (status >= 200 && status < 300 && !/<Error[>\s]/.test(text)) return text;
    throw refusal(action, { status, code: textOf(text, 'Code') });
  }
}

type Request = {
  readonly action: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

type Signed = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
};

async function send(
  action: string,
  { url, method, headers, body }: Signed,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    // A redirection would be followed with a signature that is not for it.
    const response = await fetch(url, {
      method,
      headers,
      body: body === '' ? null : body,
      redirect: 'manual',
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new ResourceError(
      `${action}: the object store does not answer; check its address, or try again later`,
      {
        cause,
      },
    );
  }
}

/** S3's codes for what the client sent; all others are about the server's keys, its bucket or the store itself. */
const clientFaults: Readonly<Record<string, string>> = {
  InvalidPart: 'a part was not sent, or its ETag is another; send the parts and name their ETags',
  InvalidPartOrder: 'the parts are out of order; list them by number',
  EntityTooSmall: 'a part before the last has less than 5 MiB; begin again with larger ones',
  EntityTooLarge: 'the file is larger than the object store takes; split it',
  InvalidArgument: 'the object store finds a value wrong; check the upload id and the parts',
  MalformedXML: 'the object store cannot read the parts; check their numbers and ETags',
  KeyTooLongError: 'the path is longer than the object store takes; shorten it',
};

function refusal(action: string, { status, code }: { status: number; code: string | undefined }): Error {
  if (code === 'NoSuchUpload')
    return new NotFoundError(
      `${action}: there is no such upload: it was completed, aborted or never begun; begin another`,
    );
  const fault = code === undefined ? undefined : clientFaults[code];
  if (fault !== undefined) return new InputError(`${action}: ${fault}`);
  // What else the answer says may repeat the request and its keys.
  const kind = code !== undefined && /^\w{1,100}$/.test(code) ? ` (${code})` : '';
  return new ResourceError(
    `${action}: the object store answers ${status}${kind}; check the credentials, the region and the bucket, or try again later`,
  );
}

function refuseParts(action: string, count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= mostParts) return;
  throw new InputError(
    `${action}: it has ${count} parts; an upload has 1 to ${mostParts}: choose another size of part`,
  );
}

function partXml(action: string, { number, etag }: UploadedPart): string {
  if (!Number.isInteger(number) || number < 1 || number > mostParts)
    throw new InputError(`${action}: part ${number} is not between 1 and ${mostParts}; number them from 1`);
  if (!/^[\x21-\x7e]{1,200}$/.test(etag))
    throw new InputError(`${action}: part ${number} has no valid ETag; send the one the object store gave`);
  return `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`;
}

function uploadQuery(action: string, uploadId: string): string {
  if (!/^[\x21-\x7e]{1,2048}$/.test(uploadId))
    throw new InputError(
      `${action}: the upload id is not valid; send the one that was given at its beginning`,
    );
  return new URLSearchParams({ uploadId }).toString();
}

/** In path style, which every server of S3 takes. */
function bucketUrl({ endpoint = '', bucket = '', root = '' }: Readonly<Record<string, string>>): string {
  const server = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  const folder = root === '' ? '' : `/${encodedPath(root.slice(1))}`;
  return `${server.replace(/\/+$/, '')}/${bucket}${folder}`;
}

/** As it is signed: some servers do not bring what they are sent into that form. */
function encodedPath(path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return encoded.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The text of the first element of a name, in a document as flat as S3's answers are. */
function textOf(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml) ?? [];
  return text?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => characters[entity] ?? '');
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
