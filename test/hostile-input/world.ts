// What hostile requests are sent to: `hone server` in processes of their own, in a directory of their own, with keys of several callers.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workflows } from '../../src/app/index.ts';
import { writeTinyChatModel } from '../../src/testing/index.ts';
import { openRemote, type Remote } from './remote.ts';

/** API keys. */
export type Keys = Readonly<
  Record<'ann' | 'bob' | 'root' | 'talker' | 'reader' | 'expired' | 'revoked', string>
>;

export type World = {
  /** A server with API keys that both tunes and answers, over the model `small`. */
  readonly url: string;
  /** A server of the DPO service behind a gateway: `gatewaySecret` signs, three runs a minute, data sets of up to 1 MiB from anywhere. */
  readonly gatewayUrl: string;
  readonly gatewaySecret: string;
  readonly keys: Keys;
  /** What belongs to another caller. */
  readonly bobs: { readonly file: string; readonly job: string; readonly model: string };
  /** Where data sets are fetched from. */
  readonly remote: Remote;
  /** What lies outside of the servers' data directories: none of them may write there. */
  readonly outside: () => readonly string[];
  /** Files of uploads, models and artifacts of the first server. */
  readonly stored: () => readonly string[];
  /** What the servers' logs told of faults since this was asked last. */
  readonly newFaults: () => readonly string[];
  readonly close: () => Promise<void>;
};

const gatewaySecret = 'a secret of the gateway';

export async function openWorld(): Promise<World> {
  const sandbox = mkdtempSync(join(tmpdir(), 'hone-hostile-'));
  const place = (...names: readonly string[]) => join(sandbox, ...names);
  // Deep, so that names with ../../ stay within the sandbox, where they are seen.
  const data = place('deep', 'er', 'data');
  for (const directory of [data, place('tmp'), place('home')]) mkdirSync(directory, { recursive: true });
  await writeTinyChatModel(place('small'));
  const keys = await makeKeys(data);
  const faults: string[] = [];
  const remote = await openRemote();
  const start = (at: string, env: Readonly<Record<string, string>>) =>
    startServer({ data: at, model: place('small'), sandbox, faults, env });
  const [main, gateway] = await Promise.all([
    start(data, { DPO_RATE_LIMIT_PER_MINUTE: '100000' }),
    start(place('deep', 'er', 'gateway'), {
      ...{ DPO_GATEWAY_SHARED_SECRET: gatewaySecret, DPO_RATE_LIMIT_PER_MINUTE: '3' },
      ...{ DPO_ALLOW_PRIVATE_DATASETS: 'true', DPO_MAX_DATASET_SIZE_MB: '1' },
    }),
  ]);
  return {
    ...{ url: main.url, gatewayUrl: gateway.url, gatewaySecret, keys, remote },
    newFaults: () => faults.splice(0),
    bobs: await tuneOnce(main.url, keys.bob),
    outside: () => below(sandbox).filter((path) => !/^deep\/er\/(data|gateway)\//.test(path)),
    stored: () => below(data).filter((path) => !/^tracking\.db|^jobs\//.test(path)),
    async close() {
      await Promise.all([main.stop(), gateway.stop(), remote.close()]);
      rmSync(sandbox, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function below(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

async function makeKeys(data: string): Promise<Keys> {
  const { openStores } = await workflows.stores();
  const stores = await openStores({ data });
  const { access } = stores;
  const key = async (owner: string, scopes: Parameters<typeof access.create>[0]['scopes']) =>
    (await access.create({ owner, scopes })).secret.reveal();
  const expired = await access.create({ owner: 'ann', scopes: ['infer'], expiresAt: Date.now() + 50 });
  const revoked = await access.create({ owner: 'ann', scopes: ['infer'] });
  await access.revoke(revoked.key.id);
  const keys = {
    ...{ ann: await key('ann', ['train', 'infer']), bob: await key('bob', ['train', 'infer']) },
    ...{ root: await key('root', ['admin']), talker: await key('ann', ['infer']) },
    ...{ reader: await key('ann', ['read']), expired: expired.secret.reveal() },
    revoked: revoked.secret.reveal(),
  };
  await stores.close();
  return keys;
}

type ServerOptions = {
  readonly data: string;
  readonly model: string;
  readonly sandbox: string;
  readonly faults: string[];
  readonly env: Readonly<Record<string, string>>;
};

async function startServer({ data, model, sandbox, faults, env }: ServerOptions) {
  const bin = join(import.meta.dirname, '..', '..', 'bin', 'hone.js');
  const args = ['server', '--port', '0', '--data', data, '--model', model, '--slots', '4'];
  const child = spawn(process.execPath, [bin, ...args, '--threads', '1', '--log-level', 'error'], {
    cwd: sandbox,
    env: { ...process.env, ...env, HOME: join(sandbox, 'home'), TMPDIR: join(sandbox, 'tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (part: Buffer) => faults.push(part.toString()));
  return { url: await addressOf(child), stop: () => stop(child) };
}

/** The server prints its address when it listens. */
function addressOf({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    stdout?.on('data', (part: Buffer) => {
      printed += part.toString();
      const url = /at (http:\S+)\n/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    stdout?.on('close', () => reject(new Error('The server ended before it listened')));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Lines of training data, each a conversation. */
export function conversations(count: number): string {
  const example = (i: number) => ({
    messages: [
      { role: 'user', content: `Where is parcel ${i}?` },
      { role: 'assistant', content: `Parcel ${i} is on its way.` },
    ],
  });
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(example(i))}\n`).join('');
}

/** A job from data to a model. */
async function tuneOnce(url: string, key: string): Promise<World['bobs']> {
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}/v1${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${key}` },
    });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return body as { readonly id: string; readonly status: string; readonly fine_tuned_model: string | null };
  };
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([conversations(10)]), 'bobs.jsonl');
  const { id: file } = await ask('/files', { method: 'POST', body: form });
  const body = { model: 'small', training_file: file, hyperparameters: { n_epochs: 1, batch_size: 5 } };
  const headers = { 'content-type': 'application/json' };
  const { id } = await ask('/fine_tuning/jobs', { method: 'POST', headers, body: JSON.stringify(body) });
  for (;;) {
    const job = await ask(`/fine_tuning/jobs/${id}`);
    if (job.status === 'succeeded') return { file, job: id, model: job.fine_tuned_model ?? '' };
    if (job.status === 'failed') throw new Error(`Bob's job failed: ${JSON.stringify(job)}`);
    await sleep(200);
  }
}
