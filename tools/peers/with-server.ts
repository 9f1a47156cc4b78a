// Runs a command against `hone server` over a tiny model, new stores and an API key: `{url}`, `{key}` and `{model}` stand for them.
// node tools/peers/with-server.ts [OPTION OF hone server]... -- COMMAND [ARGUMENT]...
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflows } from '../../src/app/index.ts';
import { writeTinyChatModel } from '../../src/testing/index.ts';

const mark = process.argv.indexOf('--');
const options = process.argv.slice(2, mark);
const [program = '', ...given] = mark < 0 ? [] : process.argv.slice(mark + 1);
if (program === '') {
  process.stderr.write('Usage: with-server.ts [OPTION OF hone server]... -- COMMAND [ARGUMENT]...\n');
  process.exit(2);
}

const directory = await mkdtemp(join(tmpdir(), 'hone-peer-'));
const data = join(directory, 'data');
await writeTinyChatModel(join(directory, 'small'));
const key = await newKey();
const bin = join(import.meta.dirname, '..', '..', 'bin', 'hone.js');
const server = spawn(
  process.execPath,
  [bin, 'server', '--port', '0', '--data', data, '--model', join(directory, 'small'), ...options],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const values: Readonly<Record<string, string>> = { url: await addressOf(server), key, model: 'small' };
  const filled = given.map((one) => one.replace(/\{(url|key|model)\}/g, (_, name) => values[name] ?? ''));
  const client = spawn(program, filled, { stdio: 'inherit' });
  const [code] = await once(client, 'exit');
  process.exitCode = code ?? 1;
} finally {
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function newKey(): Promise<string> {
  const { openStores } = await workflows.stores();
  const stores = await openStores({ data });
  const { secret } = await stores.access.create({ owner: 'peer', scopes: ['train', 'infer', 'read'] });
  await stores.close();
  return secret.reveal();
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
