// Requests to an MLflow server: credentials, time limits, and answers told apart by what to do about them.
import { ConflictError, InputError, NotFoundError, ResourceError } from '../../core/index.ts';
import { Patience } from './patience.ts';
import { fileSize, readFile } from './store-target.ts';

/** Milliseconds in which nothing comes or goes. */
const usualPatience = 20_000;

/** Options of {@link MlflowClient}. */
export type MlflowClientOptions = {
  /** Where credentials come from: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. */
  readonly environment?: NodeJS.ProcessEnv;
};

type Json = Readonly<Record<string, unknown>>;

/** A connection to a server, kept alive between requests. */
export class MlflowClient {
  readonly url: URL;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #closed = new AbortController();

  /** @param url checked by {@link checkServerUrl} */
  constructor(url: string, { environment = process.env }: MlflowClientOptions = {}) {
    this.url = checkServerUrl(url);
    this.#base = this.url.href.replace(/\/+$/, '');
    const authorization = authorizationOf(environment);
    this.#headers = authorization === undefined ? {} : { authorization };
  }

  /** The address without a slash at its end. */
  get description(): string {
    return this.#base;
  }

  async get(path: string, query: Readonly<Record<string, string>>): Promise<Json> {
    return parsed(
      await this.#send(`/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`, { method: 'GET' }),
    );
  }

  /** @param path below `/api/2.0/mlflow/`, or from the server's root on where it begins with `/` */
  async post(path: string, body: Json): Promise<Json> {
    const headers = { 'content-type': 'application/json' };
    const address = path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`;
    return parsed(await this.#send(address, { method: 'POST', headers, body: JSON.stringify(body) }));
  }

  /** Puts a file among the artifacts that the server hands on. */
  async putArtifact(path: string, file: string, onBytes?: (bytes: number) => void): Promise<void> {
    const { size } = await fileSize(file);
    await this.#send(`/api/2.0/mlflow-artifacts/artifacts/${encodedPath(path)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      file,
      onBytes,
    });
  }

  /** One level of a folder among the artifacts that the server hands on. */
  async listArtifacts(folder: string): Promise<Json> {
    const query = new URLSearchParams({ path: folder });
    return parsed(await this.#send(`/api/2.0/mlflow-artifacts/artifacts?${query}`, { method: 'GET' }));
  }

  /** The bytes of a file among the artifacts that the server hands on, as they come. */
  async *getArtifact(path: string): AsyncGenerator<Uint8Array> {
    const address = `${this.#base}/api/2.0/mlflow-artifacts/artifacts/${encodedPath(path)}`;
    const patience = new Patience(usualPatience);
    try {
      const signal = AbortSignal.any([this.#closed.signal, patience.signal]);
      const response = await fetch(address, { headers: this.#headers, signal });
      if (!response.ok) throw refusal(response.status, await response.text(), this.#base);
      for await (const piece of response.body ?? []) {
        patience.reset();
        yield piece;
      }
    } catch (error) {
      throw this.#unreachable(error);
    } finally {
      patience.end();
    }
  }

  /** Ends requests under way. */
  close(): void {
    this.#closed.abort(new DOMException('the connection was closed', 'AbortError'));
  }

  async #send(path: string, { headers, file, onBytes, ...request }: Sending): Promise<string> {
    const patience = new Patience(usualPatience);
    const body =
      file === undefined
        ? {}
        : streamed(file, (bytes) => {
            patience.reset();
            onBytes?.(bytes);
          });
    try {
      const response = await fetch(this.#base + path, {
        ...request,
        ...body,
        headers: { ...headers, ...this.#headers },
        signal: AbortSignal.any([this.#closed.signal, patience.signal]),
      });
      const text = await response.text();
      if (!response.ok) throw refusal(response.status, text, this.#base);
      return text;
    } catch (error) {
      throw this.#unreachable(error);
    } finally {
      patience.end();
    }
  }

  #unreachable(error: unknown): Error {
    if (error instanceof InputError || error instanceof ResourceError) return error;
    return new ResourceError(`Cannot reach ${this.#base}: ${reasonOf(error)}`, { cause: error });
  }
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

type Sending = {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly file?: string;
  readonly onBytes?: ((bytes: number) => void) | undefined;
};

function streamed(file: string, onBytes: (bytes: number) => void) {
  return { body: readFile(file, onBytes), duplex: 'half' } as const;
}

/**
 * The address of a server, `http(s)://HOST[:PORT][/PATH]`.
 * @throws InputError for another one, and for one that holds credentials, which would end up in files and on screens
 */
export function checkServerUrl(text: string, setting = 'tracking.uri'): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
  )
    throw new InputError(
      `Cannot use ${setting}: it holds ${url.username || url.password ? 'a user or a password' : 'a query or a fragment'}; ` +
        'give http(s)://HOST[:PORT][/PATH], and credentials by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD or by MLFLOW_TRACKING_TOKEN',
    );
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InputError(`Cannot use ${setting} '${text}': give http(s)://HOST[:PORT][/PATH]`);
  return url;
}

function authorizationOf(environment: NodeJS.ProcessEnv): string | undefined {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = environment;
  // As MLflow's client: a user with a password goes before a token
  if (user && password) return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return token ? `Bearer ${token}` : undefined;
}

/** Answers after which the same request may succeed. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);
const wantsCredentials: ReadonlySet<number> = new Set([401, 403, 407]);

function refusal(status: number, text: string, base: string): Error {
  const { code, message } = errorOf(text);
  const said = `${base} answers ${status}${message === '' ? '' : `: ${message}`}`;
  if (wantsCredentials.has(status))
    return new ResourceError(
      `${said}; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN`,
    );
  // 501: this server will never do it
  if (passing.has(status) || (status >= 500 && status !== 501) || status < 400)
    return new ResourceError(said);
  if (status === 404)
    return new NotFoundError(code === undefined ? `${said}; is it an MLflow server?` : said);
  return code === 'RESOURCE_ALREADY_EXISTS' ? new ConflictError(said) : new InputError(said);
}

/** MLflow's error; of another server's page only its beginning. */
function errorOf(text: string): { readonly code: string | undefined; readonly message: string } {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'error_code' in body)
      return {
        code: String(body.error_code),
        message: 'message' in body ? String(body.message).slice(0, 500) : '',
      };
  } catch {
    // Not MLflow's
  }
  return {
    code: undefined,
    message: text
      .replace(/<[^>]*>|\s+/g, ' ')
      .trim()
      .slice(0, 100),
  };
}

function parsed(text: string): Json {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return { ...body };
  } catch {
    // A proxy's page with status 200
  }
  throw new ResourceError(
    `Cannot read the answer of the tracking server: '${text.slice(0, 60)}' is not MLflow's; check tracking.uri`,
  );
}

/** Says of a failed fetch what lies beneath it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' && !cause.message.includes(cause.code)
    ? `${cause.message} (${cause.code})`.trim()
    : cause.message;
}
