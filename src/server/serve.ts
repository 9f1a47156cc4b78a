// Starts the server on an address and stops it.
import { InputError, isSystemError, ResourceError } from '../core/index.ts';
import { createServer, type ServerOptions } from './create-server.ts';
import { trustEverybody } from './http/authenticate.ts';
import type { Face } from './http/face.ts';
import { Traffic } from './http/traffic.ts';

export type ServeOptions = ServerOptions & {
  readonly faces: readonly Face[];
  /** The address to bind to; one of the loopback's unless `authenticate` asks for keys. `127.0.0.1` unless given. */
  readonly host?: string;
  /** 0 takes a free one. 5000 unless given. */
  readonly port?: number;
};

/** A server that answers at `url`. */
export type RunningServer = {
  /** Without a slash at its end. */
  readonly url: string;
  /** Refuses further requests, lets those under way end for up to `graceMs` (ten seconds), and frees the port. */
  readonly close: (graceMs?: number) => Promise<void>;
};

const usualGraceMs = 10_000;
/** For connections to end by themselves once nothing is under way on them. */
const lastMs = 500;

/**
 * Serves faces.
 * @throws InputError for an address other than the loopback's where everybody is trusted
 * @throws ResourceError when the port is taken
 */
export async function serve({
  faces,
  host = '127.0.0.1',
  port = 5000,
  ...options
}: ServeOptions): Promise<RunningServer> {
  const { authenticate = trustEverybody, allowedHosts = [] } = options;
  checkHost(host, { asksForKeys: authenticate !== trustEverybody });
  const traffic = new Traffic();
  const app = createServer(faces, {
    ...options,
    traffic,
    allowedHosts: [...allowedHosts, ...namesOf(host)],
  });
  const address = await app.listen({ host, port }).catch((error: unknown) => {
    throw cannotListen(error, { host, port });
  });
  // Fastify does not look at the server that it was given
  const url = options.tls === undefined ? address : address.replace(/^http:/, 'https:');
  return {
    url,
    async close(graceMs = usualGraceMs) {
      // The port stays open meanwhile: whoever comes is told, and not left to guess
      await traffic.stop(graceMs);
      const timer = setTimeout(() => app.server.closeAllConnections(), Math.min(graceMs, lastMs));
      await app.close();
      clearTimeout(timer);
    },
  };
}

/** @throws InputError for an address that others than this machine can reach, where no keys are asked for */
export function checkHost(host: string, { asksForKeys }: { readonly asksForKeys: boolean }): void {
  if (asksForKeys || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new InputError(
    `Cannot bind to '${host}': others can reach that address and there is no API key yet; make one with 'hone keys create', or bind to 127.0.0.1`,
  );
}

/** Callers of an address that stands for all of a machine's use the names of that machine, whichever they are: their keys tell. */
function namesOf(host: string): readonly string[] {
  return ['0.0.0.0', '::'].includes(host) ? ['*'] : [host];
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
