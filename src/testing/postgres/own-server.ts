// A PostgreSQL server of this process's own, under a supervisor that ends it when this process is gone.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { extname, join } from 'node:path';
import { createDatabase } from './databases.ts';
import { reportSchema, type SupervisorRequest, superuser } from './messages.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Starts a server and waits until it takes connections. */
export async function startOwnServer({ fsync }: { readonly fsync: boolean }): Promise<PostgresServer> {
  const password = randomBytes(16).toString('hex');
  const script = join(import.meta.dirname, `supervisor${extname(import.meta.filename)}`);
  // A group of its own: an interrupt from the keyboard ends the tests, and their end ends the server.
  const supervisor = fork(script, {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  if (supervisor.stderr instanceof Socket) supervisor.stderr.unref();
  const server = new OwnServer(supervisor, password);
  await server.ask({ type: 'start', fsync, password });
  return server;
}

class OwnServer implements PostgresServer {
  readonly #supervisor: ChildProcess;
  readonly #password: string;
  #port = 0;
  #pid = 0;

  constructor(supervisor: ChildProcess, password: string) {
    this.#supervisor = supervisor;
    this.#password = password;
  }

  get url(): string {
    return `postgres://${superuser}:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  get pid(): number {
    return this.#pid;
  }

  createDatabase(): Promise<string> {
    return createDatabase(this.url);
  }

  async crash(): Promise<void> {
    await this.ask({ type: 'crash' });
  }

  async stop(): Promise<void> {
    if (!this.#supervisor.connected) return;
    this.#supervisor.ref();
    this.#supervisor.disconnect();
    await once(this.#supervisor, 'exit');
  }

  /** Waits for the supervisor's report on a request, keeping this process alive just so long. */
  async ask(request: SupervisorRequest): Promise<void> {
    this.#supervisor.ref();
    this.#supervisor.channel?.ref();
    try {
      this.#supervisor.send(request);
      const { port, pid } = await nextReport(this.#supervisor);
      this.#port = port;
      this.#pid = pid;
    } finally {
      this.#supervisor.unref();
      this.#supervisor.channel?.unref();
    }
  }
}

/** The server that the supervisor reports; throws its reason when there is none, or what it died of. */
function nextReport(supervisor: ChildProcess): Promise<{ readonly port: number; readonly pid: number }> {
  let log = '';
  supervisor.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`The supervisor of PostgreSQL ended: ${log}`));
    supervisor.once('exit', onExit).once('message', (message) => {
      supervisor.off('exit', onExit);
      const report = reportSchema.parse(message);
      if (report.type === 'ready') resolve(report);
      else reject(new Error(report.reason));
    });
  });
}
