// Which code a run was made with.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readGitFiles } from './git-files.ts';
import { askGit } from './git-program.ts';

/** A place in a repository's history; what is not known is absent. */
export type CodeVersion = {
  /** Absent before the first commit. */
  readonly commit?: string;
  /** Absent for a commit that was checked out by itself. */
  readonly branch?: string;
  /** Address of `origin` or of the first remote, without credentials. */
  readonly repositoryUrl?: string;
  /** Whether files that the repository keeps differ from the commit. */
  readonly isDirty?: boolean;
  /** How they differ, if asked for; `isCut`: there is more. */
  readonly diff?: { readonly text: string; readonly isCut: boolean };
};

/** `diffBytes`: most bytes of the differences from the commit; default 0, which asks for none. */
export type CodeVersionOptions = { readonly diffBytes?: number };

/**
 * The version of the code in a directory, or beside a file, as `git` tells it or, without git, the repository's own files.
 * Undefined outside a repository and for what a repository ignores. Never fails.
 */
export async function codeVersion(
  path: string,
  { diffBytes = 0 }: CodeVersionOptions = {},
): Promise<CodeVersion | undefined> {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) return undefined;
  const directory = kind.isDirectory() ? path : dirname(path);
  const told = await askGit(directory, diffBytes);
  if (told === 'ignored') return undefined;
  return told === 'unknown' ? readGitFiles(directory) : told;
}

/**
 * MLflow's tags for the source of a run.
 * @param name what was run: a program, a configuration file
 */
export function codeTags(name: string, version: CodeVersion | undefined): Record<string, string> {
  const { commit, branch, repositoryUrl, isDirty } = version ?? {};
  return {
    'mlflow.source.name': name,
    'mlflow.source.type': 'LOCAL',
    ...(commit !== undefined && { 'mlflow.source.git.commit': commit }),
    ...(branch !== undefined && { 'mlflow.source.git.branch': branch }),
    ...(repositoryUrl !== undefined && { 'mlflow.source.git.repoURL': repositoryUrl }),
    ...(isDirty !== undefined && { 'mlflow.source.git.dirty': String(isDirty) }),
  };
}
