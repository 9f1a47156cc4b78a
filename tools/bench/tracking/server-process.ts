// Starts a tracking server in a process of its own, waits until it is healthy, and ends it with all it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { processTree, type TreeMemory, treeMemory } from './process-tree.ts';
import type { ServerKind } from './servers.ts';

export type ServerProcess = {
  readonly url: string;
  /** Of the server itself; others may descend from it. */
  readonly pid: number;
  /** Seconds from the start of the process to the first 200 of /health. */
  readonly coldStart: number;
  /** Of the whole process tree, now. */
  memory(): TreeMemory | undefined;
  /** SIGTERM, then waits; what is left after ten seconds is killed. */
  stop(): Promise<void>;
};

const POLL_MS = 5;
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 10_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child);
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** Starts the server on a free port over `directory`; its output goes to `directory`.log. */
export async function startServer(kind: ServerKind, directory: string): Promise<ServerProcess> {
  const port = await freePort();
  const [program, ...args] = kind.command({ port, directory });
  const log = openSync(`${directory}.log`, 'a');
  const started = performance.now();
  const child = spawn(program, args, {
    // A group of its own, so that nothing it started outlives this program.
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...kind.environment },
  });
  running.add(child);
  closeSync(log);
  child.once('error', () => running.delete(child));
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(url, child);
  } catch (error) {
    await stop(child);
    const output = readFileSync(`${directory}.log`, 'utf8').slice(-2000);
    throw new Error(`Cannot start '${[program, ...args].join(' ')}': ${messageOf(error)}\n${output}`);
  }
  const coldStart = (performance.now() - started) / 1000;
  const pid = child.pid ?? 0;
  return { url, pid, coldStart, memory: () => treeMemory(pid), stop: () => stop(child) };
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  const limit = performance.now() + START_LIMIT_MS;
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  while (!(await isHealthy(url))) {
    if (failure !== undefined) throw failure;
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    if (performance.now() > limit) throw new Error(`no 200 of /health in ${START_LIMIT_MS / 1000} s`);
    await delay(POLL_MS);
  }
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined && !hasEnded(child)) {
    const descendants = processTree(child.pid);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([exit, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
    const limit = performance.now() + STOP_LIMIT_MS;
    while (descendants.some(isAlive) && performance.now() < limit) await delay(20);
    if (descendants.some(isAlive)) killGroup(child);
  }
  running.delete(child);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group has gone by itself.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
