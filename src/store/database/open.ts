// Opens a database by its URL: `sqlite:PATH`, `postgres://...`, or a plain path.
import { resolve } from 'node:path';
import { InputError } from '../../core/index.ts';
import { registerSearchFunctions } from '../search/index.ts';
import type { Database } from './database.ts';

/**
 * Opens `sqlite:PATH[?synchronous=normal]`, `sqlite:///absolute/path` as SQLAlchemy writes it, `sqlite::memory:`, or `postgres://...`.
 * @throws InputError for another scheme or option; ResourceError where the database cannot be reached.
 */
export async function openDatabase(url: string): Promise<Database> {
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(url)) {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(url.replace(/^postgres(ql)?(\+\w+)?:/, 'postgres:'));
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1];
  if (scheme !== undefined && scheme !== 'sqlite')
    throw new InputError(
      `Cannot open a database by '${scheme}:'; give sqlite:PATH or postgres://USER@HOST/NAME`,
    );
  const { openSqlite } = await import('./sqlite.ts');
  const { path, synchronous } = sqliteLocation(url);
  return openSqlite(path, { synchronous, prepare: registerSearchFunctions });
}

function sqliteLocation(url: string): { readonly path: string; readonly synchronous: 'full' | 'normal' } {
  const [location = '', query = ''] = url.replace(/^sqlite:/, '').split('?');
  const options = new URLSearchParams(query);
  const synchronous = options.get('synchronous') ?? 'full';
  options.delete('synchronous');
  if (options.size > 0)
    throw new InputError(
      `Cannot open '${url}': unknown option '${[...options.keys()].join("', '")}'; synchronous=full|normal is the only one`,
    );
  if (synchronous !== 'full' && synchronous !== 'normal')
    throw new InputError(`Cannot open '${url}': synchronous is '${synchronous}'; give full or normal`);
  if (location === '') throw new InputError(`Cannot open '${url}': it names no file; write sqlite:PATH`);
  // SQLAlchemy: three slashes before a relative path, four before an absolute one. One path must not mean two files, so both are read so.
  const path = location.startsWith('//') ? location.replace(/^\/\/\/?/, '') : location;
  return { path: path === ':memory:' ? path : resolve(path), synchronous };
}
