// Starts a server by a command line, on a free port and an empty folder, and stops it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A server that answers at `url` until it is stopped. */
export type RunningServer = { readonly url: string; readonly stop: () => Promise<void> };

/**
 * Starts `command`, in which `{port}` and `{dir}` stand for a free port and a new empty folder, and waits until
 * `/health` answers.
 */
export async function startCommand(command: string): Promise<RunningServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-replay-'));
  const line = command.replaceAll('{port}', String(port)).replaceAll('{dir}', folder);
  const child = spawn(line, {
    shell: true,
    cwd: process.cwd(),
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `http://127.0.0.1:${port}`;
  if (await answers(`${url}/health`, () => child.exitCode !== null)) return { url, stop };
  await stop();
  throw new Error(`No server answered at ${url}/health: check the command '${line}'`);
}

async function answers(url: string, hasEnded: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && !hasEnded(); attempt++) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return true;
    await setTimeout(100);
  }
  return false;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
