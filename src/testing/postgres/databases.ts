// Databases of tests: made empty, told by their names from anybody's, dropped when their test is long over.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const prefix = 'hone_test';
const hourMs = 3_600_000;

/** Makes an empty database in the server that a URL leads to and gives the URL of the database. */
export async function createDatabase(serverUrl: string): Promise<string> {
  // The time tells databases that a killed test left from those in use.
  const name = `${prefix}_${Date.now()}_${randomBytes(6).toString('hex')}`;
  await query(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops the database that a URL names, whoever uses it. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await query(serverUrl, `DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

/** Drops the databases of tests that began more than an hour ago. */
export async function dropStaleDatabases(serverUrl: string): Promise<void> {
  const rows = await query(serverUrl, `SELECT datname FROM pg_database WHERE datname LIKE '${prefix}\\_%'`);
  for (const { datname } of rows) {
    const madeMs = Number(String(datname).split('_')[2]);
    if (madeMs < Date.now() - hourMs)
      await query(serverUrl, `DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
