// Asks the `git` program about a directory, in a way that changes nothing, takes no lock and asks nobody.
import { findProgram, type ProgramOutput, runProgram } from '../program.ts';
import type { CodeVersion } from './code-version.ts';
import { chooseRemote } from './remote-url.ts';

const patienceMs = 5000;

type Git = (args: readonly string[], maxBytes?: number) => Promise<ProgramOutput | undefined>;

/**
 * What git says: 'unknown' when it is missing or does not read the directory, 'ignored' for a directory that the repository
 * around it does not keep (a package in `node_modules`), whose commit says nothing of it.
 * @param diffBytes most bytes of the differences from the commit; 0: none
 */
export async function askGit(
  directory: string,
  diffBytes: number,
): Promise<CodeVersion | 'unknown' | 'ignored'> {
  const program = findProgram('git');
  if (program === undefined) return 'unknown';
  const env = gitEnvironment();
  const git: Git = (args, maxBytes) =>
    runProgram(program, ['-c', 'core.fsmonitor=false', '-C', directory, ...args], {
      timeoutMs: patienceMs,
      env,
      ...(maxBytes !== undefined && { maxBytes }),
    });
  if ((await line(git, ['rev-parse', '--is-inside-work-tree'])) !== 'true') return 'unknown';
  if ((await git(['check-ignore', '-q', '.']))?.status === 0) return 'ignored';
  const [commit, branch, repositoryUrl, isDirty] = await Promise.all([
    line(git, ['rev-parse', '--verify', '-q', 'HEAD']),
    line(git, ['symbolic-ref', '--short', '-q', 'HEAD']),
    remoteUrl(git),
    hasChanges(git),
  ]);
  const diff = isDirty && commit !== undefined && diffBytes > 0 ? await readDiff(git, diffBytes) : undefined;
  return {
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(repositoryUrl !== undefined && { repositoryUrl }),
    ...(isDirty !== undefined && { isDirty }),
    ...(diff !== undefined && { diff }),
  };
}

/** Without what a hook around this process tells git, without locks, without questions. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name));
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
}

async function line(git: Git, args: readonly string[]): Promise<string | undefined> {
  const output = await git(args);
  return output?.status === 0 ? output.text.trim() || undefined : undefined;
}

async function remoteUrl(git: Git): Promise<string | undefined> {
  const listed = await git(['config', '-z', '--get-regexp', '^remote\\..*\\.url$']);
  if (listed?.status !== 0) return undefined;
  // `remote.NAME.url`, a newline, the address, a zero byte
  const remotes = listed.text.split('\0').flatMap((entry) => {
    const [, name, url] = /^remote\.(.+)\.url\n(.+)$/s.exec(entry) ?? [];
    return name === undefined || url === undefined ? [] : [[name, url] as const];
  });
  return chooseRemote(new Map(remotes.toReversed()));
}

async function hasChanges(git: Git): Promise<boolean | undefined> {
  const status = await git(['status', '--porcelain', '--untracked-files=no']);
  return status?.status === 0 ? status.text !== '' : undefined;
}

async function readDiff(git: Git, maxBytes: number): Promise<CodeVersion['diff']> {
  const args = ['diff', '--no-ext-diff', '--no-textconv', '--no-color', 'HEAD'];
  const output = await git(args, maxBytes);
  if (output?.status !== 0) return undefined;
  if (!output.isCut) return { text: output.text, isCut: false };
  return { text: output.text.slice(0, output.text.lastIndexOf('\n') + 1), isCut: true };
}
