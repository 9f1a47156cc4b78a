// Starts the server on an address and stops it.
import { InputError, isSystemError, ResourceError } from '../core/index.ts';
import { createServer, type ServerOptions } from './create-server.ts';
import type { MlflowContext } from './mlflow/context.ts';

export type ServeOptions = ServerOptions & {
  readonly context: MlflowContext;
  /** The address to bind to: one of the loopback's. `127.0.0.1` unless given. */
  readonly host?: string;
  /** 0 takes a free one. 5000 unless given. */
  readonly port?: number;
};

/** A server that answers at `url`. */
export type RunningServer = {
  /** Without a slash at its end. */
  readonly url: string;
  /** Takes no more requests, lets those under way end for up to ten seconds, and frees the port. */
  readonly close: () => Promise<void>;
};

const graceMs = 10_000;

/**
 * Serves MLflow's HTTP over a context.
 * @throws InputError for an address other than the loopback's
 * @throws ResourceError when the port is taken
 */
export async function serve({
  context,
  host = '127.0.0.1',
  port = 5000,
  ...options
}: ServeOptions): Promise<RunningServer> {
  checkHost(host);
  const app = createServer(context, { ...options, allowedHosts: [...(options.allowedHosts ?? []), host] });
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw cannotListen(error, { host, port });
  });
  return {
    url,
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

/** @throws InputError for an address that others than this machine can reach */
export function checkHost(host: string): void {
  if (host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new InputError(
    `Cannot bind to '${host}': an address that others can reach needs API keys, which this version does not have; bind to 127.0.0.1, or put a proxy that checks its callers before it`,
  );
}

function cannotListen(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  if (!isSystemError(error)) return error;
  const why = {
    EADDRINUSE: 'another program listens there; stop it or choose another port',
    EACCES: 'this user may not use it; choose a port above 1023',
    EADDRNOTAVAIL: 'this machine does not have that address; bind to 127.0.0.1',
  }[error.code ?? ''];
  if (why === undefined) return error;
  return new ResourceError(`Cannot listen on ${host}:${port}: ${why}`, { cause: error });
}
