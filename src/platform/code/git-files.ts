// Reads a repository's own files, for machines without git and folders that git will not read because another user owns them.
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CodeVersion } from './code-version.ts';
import { chooseRemote } from './remote-url.ts';

/** Commit, branch and remote; whether files differ from the commit is not told. Undefined outside a repository. */
export async function readGitFiles(directory: string): Promise<CodeVersion | undefined> {
  const own = await findGitDirectory(directory);
  if (own === undefined) return undefined;
  const head = await readText(join(own, 'HEAD'));
  if (head === undefined) return undefined;
  // A second working tree has a HEAD of its own, and shares the rest
  const shared = await readText(join(own, 'commondir'));
  const common = shared === undefined ? own : resolve(own, shared);
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  const commit = ref === undefined ? head : await resolveRef(ref, own, common);
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const repositoryUrl = chooseRemote(remotesIn((await readText(join(common, 'config'))) ?? ''));
  return {
    ...(commit !== undefined && isCommit(commit) && { commit }),
    ...(branch !== undefined && { branch }),
    ...(repositoryUrl !== undefined && { repositoryUrl }),
  };
}

/** `.git` is a directory, or in submodules and further working trees a file that names one. */
async function findGitDirectory(directory: string): Promise<string | undefined> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const path = join(at, '.git');
    const kind = await stat(path).catch(() => undefined);
    if (kind?.isDirectory()) return path;
    const named = kind?.isFile() ? /^gitdir: (.+)$/.exec((await readText(path)) ?? '')?.[1] : undefined;
    if (named !== undefined) return resolve(at, named);
    if (at === dirname(at)) return undefined;
  }
}

async function resolveRef(ref: string, own: string, common: string): Promise<string | undefined> {
  const loose = (await readText(join(own, ref))) ?? (await readText(join(common, ref)));
  if (loose !== undefined) return loose;
  const packed = (await readText(join(common, 'packed-refs'))) ?? '';
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ', 1)[0];
}

/** SHA-1 or SHA-256. */
function isCommit(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function remotesIn(config: string): Map<string, string> {
  const remotes = new Map<string, string>();
  let remote: string | undefined;
  for (const line of config.split('\n').map((one) => one.trim())) {
    if (line.startsWith('[')) remote = /^\[remote "(.+)"\]/.exec(line)?.[1];
    const url = /^url\s*=\s*"?([^"]*)"?$/.exec(line)?.[1];
    if (remote !== undefined && url !== undefined && !remotes.has(remote)) remotes.set(remote, url);
  }
  return remotes;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
