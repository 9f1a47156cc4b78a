// One PostgreSQL cluster in a folder of its own: made, started, killed and started again, removed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { type SupervisorTask, superuser } from './messages.ts';
import { giveTo, makeFolder, type ProcessUser, unprivilegedUser } from './unprivileged.ts';

/** Where a running server listens, and its process. */
export type RunningServer = { readonly port: number; readonly pid: number };

// A server that orders text by a language's rules, as most do outside: a query that leans on the order of bytes fails here.
const localeArguments = [['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'], ['--locale=C']];

/** A cluster that is one process's; nothing is left of it after {@link PostgresCluster.remove}, at whatever instant that comes. */
export class PostgresCluster {
  readonly #task: SupervisorTask;
  #user: ProcessUser = {};
  #folder: string | undefined;
  #binaries: PostgresBinaries | undefined;
  #child: ChildProcess | undefined;
  #port = 0;
  #removed = false;

  constructor(task: SupervisorTask) {
    this.#task = task;
  }

  /** Makes the cluster, empty, and starts its server on a free port of the loopback interface. */
  async start(): Promise<RunningServer> {
    this.#user = unprivilegedUser();
    const folder = await makeFolder(this.#user);
    this.#folder = folder;
    this.#binaries = await findBinaries(this.#user, async () => folder);
    await this.#initialize(folder);
    // Another process may take the port between its choice here and its use by the server.
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort();
      try {
        return await this.#launch();
      } catch (error) {
        if (attempt === 5 || !/address already in use|could not bind/i.test(String(error))) throw error;
      }
    }
  }

  /** Kills the server without a chance to write anything, then starts it again on the same data and port. */
  async crash(): Promise<RunningServer> {
    await this.#end('SIGKILL');
    // The killed server's workers hold its shared memory until they notice, which takes milliseconds.
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#launch();
      } catch (error) {
        if (attempt === 50 || !/still in use|already exists|could not bind/i.test(String(error))) throw error;
        await delay(100);
      }
    }
  }

  /** Ends the server and removes its data. */
  async remove(): Promise<void> {
    this.#removed = true;
    await this.#end('SIGQUIT');
    // The workers of a server that was killed may still be leaving the folder.
    const patiently = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };
    if (this.#folder !== undefined) await rm(this.#folder, patiently);
  }

  async #initialize(folder: string): Promise<void> {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, this.#task.password, { mode: 0o600 });
    await giveTo(this.#user, passwordFile);
    const faults: string[] = [];
    for (const locale of localeArguments) {
      const fault = await this.#initdb([`--pwfile=${passwordFile}`, ...locale]);
      if (fault === undefined) return;
      faults.push(fault);
    }
    throw new Error(`Cannot make a PostgreSQL cluster: ${faults.join('\n')}`);
  }

  /** What initdb complained of; undefined when it succeeded. */
  async #initdb(args: readonly string[]): Promise<string | undefined> {
    const fixed = [`--username=${superuser}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];
    const child = this.#spawn('initdb', ['--pgdata=data', ...fixed, ...args]);
    const log = gatherLog(child);
    const [code] = await once(child, 'close');
    return code === 0 ? undefined : log();
  }

  async #launch(): Promise<RunningServer> {
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      `fsync=${this.#task.fsync ? 'on' : 'off'}`,
      `full_page_writes=${this.#task.fsync ? 'on' : 'off'}`,
    ];
    const args = ['-D', 'data', ...settings.flatMap((setting) => ['-c', setting])];
    const child = this.#spawn('postgres', args);
    const log = gatherLog(child);
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', () => {
        if (log().includes('ready to accept connections')) resolve();
      });
      child.once('close', () => reject(new Error(`PostgreSQL does not start: ${log()}`)));
    });
    return { port: this.#port, pid: child.pid ?? 0 };
  }

  #spawn(program: keyof PostgresBinaries, args: readonly string[]): ChildProcess {
    if (this.#removed || this.#binaries === undefined) throw new Error('The cluster was removed');
    const own = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
    const env = { ...Object.fromEntries(own), LC_ALL: 'C' };
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe'];
    this.#child = spawn(this.#binaries[program], args, { ...this.#user, cwd: this.#folder, env, stdio });
    return this.#child;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'exit');
    // Windows knows no signals but the deadly one.
    child.kill(process.platform === 'win32' ? 'SIGKILL' : signal);
    const slow = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await closed;
    clearTimeout(slow);
  }
}

/** Collects the end of what a program writes to its standard error; a program that cannot be started says so there, too. */
function gatherLog(child: ChildProcess): () => string {
  let text = '';
  const add = (more: string) => {
    text = (text + more).slice(-8_000);
  };
  child.stderr?.setEncoding('utf8').on('data', add);
  child.on('error', (error) => add(error.message));
  return () => text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port');
  return address.port;
}
