// The user that PostgreSQL runs as: it refuses root, so a root process lends it an unprivileged user that exists.
import { readFileSync, statSync } from 'node:fs';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The user to spawn a process as; empty for the present one. */
export type ProcessUser = { readonly uid?: number; readonly gid?: number };

const preferred = ['nobody', 'postgres', 'daemon'];

/** The user for PostgreSQL; throws when this process is root's and the machine names no other user. */
export function unprivilegedUser(): ProcessUser {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').flatMap(parseUser);
  const rank = (name: string) => (preferred.includes(name) ? preferred.indexOf(name) : preferred.length);
  const [user] = users.sort((a, b) => rank(a.name) - rank(b.name));
  if (user === undefined)
    throw new Error('PostgreSQL refuses to run as root, and /etc/passwd names no other user');
  return { uid: user.uid, gid: user.gid };
}

function parseUser(line: string): { name: string; uid: number; gid: number }[] {
  const [name = '', , uid, gid] = line.split(':');
  // Negative ids (nobody is -2 on macOS) are unsigned 32-bit numbers to the system.
  return Number(uid) ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [];
}

/** Makes a temporary folder that is the user's and that the user can reach. */
export async function makeFolder(user: ProcessUser): Promise<string> {
  const parent =
    user.uid === undefined ? tmpdir() : ([tmpdir(), '/tmp', '/var/tmp'].find(isOpenToAll) ?? tmpdir());
  const folder = await mkdtemp(join(parent, 'hone-postgres-'));
  await giveTo(user, folder);
  return folder;
}

/** Makes a file or folder the user's. */
export async function giveTo({ uid, gid }: ProcessUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

function isOpenToAll(directory: string): boolean {
  const parent = dirname(directory);
  const open = (statSync(directory, { throwIfNoEntry: false })?.mode ?? 0) & 0o001;
  return open !== 0 && (parent === directory || isOpenToAll(parent));
}
