// Several servers on one SQLite file: each sees what the others wrote, and nothing is lost.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '..', 'bin', 'hone.js');
const servers = 3;
const batches = 40;

const started = new Set<ChildProcess>();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-processes-'));
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Starts `hone server` on the one data directory; resolves to its address. */
function startServer(): Promise<string> {
  const args = [bin, 'server', '--port', '0', '--data', join(directory, 'data')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.add(child);
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (part: Buffer) => {
      printed += part.toString();
      const url = /at (http:\S+)\n/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on('exit', (code) => reject(new Error(`The server ended with ${code} before it listened`)));
  });
}

async function post<T>(url: string, path: string, body: object): Promise<T> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([answer.status, path]).toEqual([200, path]);
  return (await answer.json()) as T;
}

async function get<T>(url: string, path: string): Promise<T> {
  return (await (await fetch(`${url}/api/2.0/mlflow/${path}`)).json()) as T;
}

test('servers that start together on a new file and write to one run through it lose nothing', {
  timeout: 60_000,
}, async () => {
  const urls = await Promise.all(Array.from({ length: servers }, startServer));
  const [first = ''] = urls;
  const { run } = await post<{ run: { info: { run_id: string } } }>(first, 'runs/create', {
    experiment_id: '0',
  });
  const runId = run.info.run_id;
  const write = async (url: string, server: number) => {
    for (let step = 0; step < batches; step++) {
      // New names everywhere at once: each process must come to the same numbers for them.
      const metrics = ['shared', `own${server}`, `new${step}`].map((key) => ({
        key,
        value: server,
        timestamp: server,
        step,
      }));
      await post(url, 'runs/log-batch', {
        run_id: runId,
        metrics,
        tags: [{ key: `t${step}`, value: String(server) }],
      });
    }
  };
  await Promise.all(urls.map(write));
  for (const url of urls) {
    const { metrics } = await get<{ metrics: unknown[] }>(
      url,
      `metrics/get-history?run_id=${runId}&metric_key=shared&max_results=1000`,
    );
    expect(metrics).toHaveLength(servers * batches);
    const all = await get<{ run: { data: { metrics: { key: string }[]; tags: unknown[] } } }>(
      url,
      `runs/get?run_id=${runId}`,
    );
    expect(all.run.data.metrics).toHaveLength(1 + servers + batches);
    expect(all.run.data.tags).toHaveLength(1 + batches);
  }
});
