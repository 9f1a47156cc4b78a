// How many bytes a store takes on disk.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Of all files under the directory, or of the PostgreSQL database where the store is one. */
export async function storeBytes(directory: string, database?: string): Promise<number> {
  if (database?.startsWith('postgres')) return databaseBytes(database);
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => {
    const entry = statSync(join(directory, name));
    return entry.isFile() ? sum + entry.size : sum;
  }, 0);
}

async function databaseBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('select pg_database_size(current_database()) as bytes');
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
