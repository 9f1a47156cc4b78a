import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, postgresAvailable, sharedPostgres, startPostgres } from './postgres.ts';

const unavailable = await postgresAvailable();
const supported = process.platform === 'linux' && process.arch === 'x64';

let server: PostgresServer;
beforeAll(async () => {
  if (unavailable === undefined) server = await startPostgres();
});
afterAll(() => server?.stop());

test.runIf(supported)('postgresAvailable() finds a server on Linux x64', () => {
  expect(unavailable).toBeUndefined();
});

test.skipIf(unavailable)('createDatabase() makes databases that know nothing of each other', async () => {
  const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()]);
  await query(one, 'CREATE TABLE t (i INT)');
  const [row] = await query(other, `SELECT to_regclass('t') AS t, current_setting('server_encoding') AS e`);
  expect(row).toEqual({ t: null, e: 'UTF8' });
});

test.skipIf(unavailable)('startPostgres() forces commits to disk unless told otherwise', async () => {
  expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  const { url } = await sharedPostgres();
  if (process.env.HONE_TEST_POSTGRES === undefined)
    expect(await query(url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
});

test.skipIf(unavailable)('sharedPostgres() gives one server to all who ask', async () => {
  const [one, other] = await Promise.all([sharedPostgres(), sharedPostgres()]);
  expect(one).toBe(other);
});

test.skipIf(unavailable)('crash() leaves what was committed, at the same URL', async () => {
  const url = await server.createDatabase();
  await query(url, 'CREATE TABLE kept (i INT); INSERT INTO kept VALUES (7)');
  const { pid } = server;
  await server.crash();
  expect(server.pid).not.toBe(pid);
  expect(await query(url, 'SELECT i FROM kept')).toEqual([{ i: 7 }]);
});

test.skipIf(unavailable)('stop() ends the server, and does nothing the second time', async () => {
  const brief = await startPostgres({ fsync: false });
  await brief.stop();
  await brief.stop();
  expect(isAlive(brief.pid)).toBe(false);
});

test.skipIf(unavailable)('startPostgres() leaves no server behind a process that is killed', async () => {
  const child = fork(join(import.meta.dirname, 'fixtures/postgres-holder.ts'), { execArgv: [] });
  const [pid] = await once(child, 'message');
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  for (let i = 0; i < 500 && isAlive(pid); i++) await delay(20);
  expect(isAlive(pid)).toBe(false);
});

test('startPostgres() takes the server that HONE_TEST_POSTGRES names', async ({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
  const before = process.env.HONE_TEST_POSTGRES;
  process.env.HONE_TEST_POSTGRES = server.url;
  try {
    const foreign = await startPostgres();
    const url = await foreign.createDatabase();
    expect(new URL(url).host).toBe(new URL(server.url).host);
    await foreign.stop();
    await expect(query(url, 'SELECT 1')).rejects.toThrow(/does not exist/);
    await expect(foreign.crash()).rejects.toThrow(/not ours/);
  } finally {
    delete process.env.HONE_TEST_POSTGRES;
    if (before !== undefined) process.env.HONE_TEST_POSTGRES = before;
  }
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
