// Versions of code, read by git and without it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../program.ts';
import { codeTags, codeVersion } from './code-version.ts';
import { readGitFiles } from './git-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-code-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const repositoryUrl = 'https://example.com/team/repo.git';
const secret = 'ghp_planted-secret-4711';

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, '-C', directory, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

function write(name: string, text: string): void {
  mkdirSync(join(directory, name, '..'), { recursive: true });
  writeFileSync(join(directory, name), text);
}

/** A repository with one commit on branch `work/one`. */
function repository(): { readonly commit: string } {
  git('init', '-q');
  git('symbolic-ref', 'HEAD', 'refs/heads/work/one');
  git('remote', 'add', 'backup', 'git@example.com:other.git');
  git('remote', 'add', 'origin', `https://user:${secret}@example.com/team/repo.git`);
  write('train.ts', 'let rate = 1;\n');
  write('.gitignore', 'runs/\n');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  return { commit: git('rev-parse', 'HEAD') };
}

test('codeVersion() is undefined outside a repository and for what does not exist', async () => {
  expect(await codeVersion(directory)).toBeUndefined();
  expect(await codeVersion(join(directory, 'missing'))).toBeUndefined();
  expect(await codeVersion('bad\0path')).toBeUndefined();
});

describe.skipIf(findProgram('git') === undefined)('with git', () => {
  test('codeVersion() tells commit, branch and remote, without credentials', async () => {
    const { commit } = repository();
    const known = { commit, branch: 'work/one', repositoryUrl };
    expect(await codeVersion(directory)).toEqual({ ...known, isDirty: false });
    expect(await codeVersion(join(directory, 'train.ts'))).toEqual({ ...known, isDirty: false });
    expect(await readGitFiles(directory)).toEqual(known);
  });

  test('codeVersion() tells changes of kept files, and how they differ if asked, up to a size', async () => {
    repository();
    write('notes.txt', 'not kept');
    expect(await codeVersion(directory, { diffBytes: 1000 })).toMatchObject({ isDirty: false });
    write('train.ts', `let rate = 2;\n${'// more\n'.repeat(100)}`);
    const whole = await codeVersion(directory, { diffBytes: 10_000 });
    expect(whole?.isDirty).toBe(true);
    expect(whole?.diff?.text).toContain('-let rate = 1;\n+let rate = 2;\n');
    expect(whole?.diff?.isCut).toBe(false);
    const part = await codeVersion(directory, { diffBytes: 300 });
    expect(part?.diff?.isCut).toBe(true);
    expect(part?.diff?.text.length).toBeLessThanOrEqual(300);
    expect(whole?.diff?.text.startsWith(part?.diff?.text ?? 'nothing')).toBe(true);
    expect(part?.diff?.text.endsWith('\n')).toBe(true);
    expect(await codeVersion(directory)).not.toHaveProperty('diff');
  });

  test('codeVersion() is undefined for what the repository ignores', async () => {
    repository();
    write('runs/one/config.yaml', '');
    expect(await codeVersion(join(directory, 'runs/one'))).toBeUndefined();
  });

  test('codeVersion() knows a repository without commits, and a commit without a branch', async () => {
    git('init', '-q');
    git('symbolic-ref', 'HEAD', 'refs/heads/main');
    expect(await codeVersion(directory)).toEqual({ branch: 'main', isDirty: false });
    expect(await readGitFiles(directory)).toEqual({ branch: 'main' });
    const { commit } = repository();
    git('checkout', '-q', '--detach');
    expect(await codeVersion(directory)).toEqual({ commit, repositoryUrl, isDirty: false });
    expect(await readGitFiles(directory)).toEqual({ commit, repositoryUrl });
  });

  test('readGitFiles() finds packed branches and further working trees', async () => {
    const { commit } = repository();
    git('pack-refs', '--all');
    expect(await readGitFiles(directory)).toMatchObject({ commit, branch: 'work/one' });
    const tree = join(directory, 'runs', 'tree');
    git('worktree', 'add', '-q', '-b', 'two', tree);
    expect(await readGitFiles(tree)).toEqual({ commit, branch: 'two', repositoryUrl });
  });
});

test('readGitFiles() bears with damage', async () => {
  write('.git', 'gitdir: nowhere');
  expect(await readGitFiles(directory)).toBeUndefined();
  rmSync(join(directory, '.git'));
  write('.git/HEAD', 'ref: refs/heads/main\n');
  write('.git/refs/heads/main', 'not a commit\n');
  write('.git/config', '[remote "origin"\nurl = ==\n[remote "o"]\n\turl = ext::sh -c "curl token"\n');
  expect(await readGitFiles(directory)).toEqual({ branch: 'main' });
});

test("codeTags() has MLflow's names, and only what is known", () => {
  expect(codeTags('train.yaml', undefined)).toEqual({
    'mlflow.source.name': 'train.yaml',
    'mlflow.source.type': 'LOCAL',
  });
  expect(codeTags('hone', { commit: 'c', branch: 'b', repositoryUrl: 'u', isDirty: true })).toEqual({
    'mlflow.source.name': 'hone',
    'mlflow.source.type': 'LOCAL',
    'mlflow.source.git.commit': 'c',
    'mlflow.source.git.branch': 'b',
    'mlflow.source.git.repoURL': 'u',
    'mlflow.source.git.dirty': 'true',
  });
});
