// HTTP over kept-alive connections, timing each request from its first byte sent to its last byte received.
import { Agent, request } from 'node:http';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: Buffer;
  /** Of the body; JSON by default. */
  readonly contentType?: string;
};

export type HttpAnswer = { readonly milliseconds: number; readonly body: Buffer };

/** As many connections as requests are under way at once. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Rejects on any status but 200. */
  send(call: HttpRequest): Promise<HttpAnswer> {
    const { method, path, body, contentType = 'application/json' } = call;
    const content = body && { 'content-type': contentType, 'content-length': body.length };
    const { hostname, port } = this.#url;
    const options = { hostname, port, path, method, agent: this.#agent, headers: { ...content } };
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const sent = request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const milliseconds = performance.now() - start;
          const received = Buffer.concat(parts);
          if (response.statusCode === 200) resolve({ milliseconds, body: received });
          else reject(unexpected(call, `${response.statusCode} ${received.subarray(0, 500)}`));
        });
      });
      sent.on('error', (error) => reject(unexpected(call, error.message)));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function unexpected({ method, path }: HttpRequest, found: string): Error {
  return new Error(`Cannot go on: ${method} ${path} answered ${found}`);
}
