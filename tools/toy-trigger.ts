// `make toy-trigger`: a server of its own, toy data, the DPO service's call, the answer, and what was cleaned up; exit status 0 where all went right.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { toyPreferences } from '../src/data/index.ts';
import { writeTinyChatModel } from '../src/testing/index.ts';
import { ROOT } from './run-command.ts';

const records = 24;
const patienceMs = 60_000;

type Json = Readonly<Record<string, unknown>>;

const root = mkdtempSync(join(tmpdir(), 'hone-toy-trigger-'));
const start = performance.now();
let server: ChildProcess | undefined;
try {
  say('model', 'a tiny one of random weights, served as zephyr');
  await writeTinyChatModel(join(root, 'zephyr'));
  server = startServer();
  const url = await addressOf(server);
  say('server', url);
  await trigger(url);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stop(server);
  rmSync(root, { recursive: true, force: true });
  say('stopped', 'server and worker are gone, and so is all that they wrote');
}

async function trigger(url: string): Promise<void> {
  const body = { communityId: 'toy', dataset: toyDataset() };
  say('request', `POST /trigger-finetune with ${records} records; it answers when the run is done`);
  const answer = await send(`${url}/trigger-finetune`, body);
  console.log(JSON.stringify(answer, undefined, 2));
  expect(answer.status === 'success' && typeof answer.policy_path === 'string', 'no policy');
  say('policy', readdirSync(String(answer.policy_path)).join(', '));
  const { queue_stats: queue } = await send(`${url}/api/dpo/health`);
  console.log(JSON.stringify(queue));
  // Metrics of the run stay; what its caller has sent does not. The worker tidies up while the answer is on its way
  const isTidy = async () => (await storedFiles(url)) === 0 && !leftOfJobs().includes('files');
  for (let tries = 0; tries < 50 && !(await isTidy()); tries++) await sleep(100);
  expect(await isTidy(), 'the data set, or a copy of it, was not deleted');
  say('cleanup', `the data set is deleted; of the job stay: ${leftOfJobs().join(', ')}`);
}

async function storedFiles(url: string): Promise<number> {
  const { data } = await send(`${url}/v1/files?purpose=fine-tune`);
  expect(Array.isArray(data), 'no list of files');
  return Array.isArray(data) ? data.length : 0;
}

function leftOfJobs(): string[] {
  const jobs = join(root, 'data', 'jobs');
  return readdirSync(jobs).flatMap((id) => readdirSync(join(jobs, id)));
}

function toyDataset(): Json[] {
  const text = (turns: readonly { readonly content: string }[]) =>
    turns.map(({ content }) => content).join('\n');
  return toyPreferences({ count: records, evalCount: 1 }).train.map(({ prompt, chosen, rejected }) => ({
    ...{ prompt: text(prompt), responses: [text(chosen), text(rejected)], pairs: [[0, 1]] },
    sft_target: text(chosen),
  }));
}

async function send(url: string, body?: Json): Promise<Json> {
  const answer = await fetch(url, {
    ...(body && {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(body),
    }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await answer.text();
  expect(answer.ok, `${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

function startServer(): ChildProcess {
  const places = ['--data', join(root, 'data'), '--model', `zephyr=${join(root, 'zephyr')}`];
  return spawn(
    process.execPath,
    [join(ROOT, 'bin', 'hone.js'), 'server', '--port', '0', ...places, '--log-level', 'warn'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** From the line in which the server says where it is. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout !== null)
    for await (const line of createInterface({ input: stdout })) {
      const [url] = /http:\/\/\S+$/.exec(line) ?? [];
      if (url !== undefined) return url;
    }
  throw new Error('The server ended before it was there');
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function say(what: string, text: string): void {
  console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s  ${what.padEnd(8)}  ${text}`);
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`Not as it should be: ${otherwise}`);
}
