// Sends one request exactly as it is written: no header is added and no path tidied.
import { Agent, request } from 'node:http';

/** A request ready to be sent. */
export type RawRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
};

/** What came back. */
export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** Sends requests to one server over kept connections; call `close` at the end. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  get host(): string {
    return this.#url.host;
  }

  /** Sends once more when a kept connection turns out to be closed: servers drop idle ones. */
  async send(raw: RawRequest): Promise<RawAnswer> {
    try {
      return await this.#once(raw, this.#agent);
    } catch {
      return this.#once(raw, false);
    }
  }

  #once({ method, path, headers, body }: RawRequest, agent: Agent | false): Promise<RawAnswer> {
    const { hostname, port } = this.#url;
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const sent = request(
        { hostname, port, method, path, agent, headers: { ...headers, ...length } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(parts),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
