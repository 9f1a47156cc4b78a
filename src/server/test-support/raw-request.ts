// Sends one request as it is written, for tests: no path is tidied, no header added but the body's length.
import { request } from 'node:http';

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

export type RawRequest = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

/** `line` is the verb and the path, as in `GET /health`. */
export function sendRaw(
  url: string,
  line: string,
  { headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  const [method, path] = line.split(' ');
  const { hostname, port } = new URL(url);
  const length =
    body === undefined || 'transfer-encoding' in headers
      ? {}
      : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, agent: false, headers: { ...length, ...headers } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A POST of JSON. */
export function sendJson(url: string, path: string, json: unknown): Promise<RawAnswer> {
  const body = typeof json === 'string' ? json : JSON.stringify(json);
  return sendRaw(url, `POST ${path}`, { headers: { 'content-type': 'application/json' }, body });
}
