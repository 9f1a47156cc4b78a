import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { artifactPath, isArtifactPath } from './artifact-path.ts';
import type { BlobStore } from './blob-store.ts';
import { openBlobStore } from './open-blob-store.ts';

let folder: string;
let root: string;
let outside: string;
let store: BlobStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hone-blobs-'));
  root = join(folder, 'root');
  outside = join(folder, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'secret');
  store = await openBlobStore(root);
});
afterEach(() => rm(folder, { recursive: true }));

const path = artifactPath;
const refusal = /symbolic link on it leads out of the store or nowhere/;

test('a directory store follows no link out of its root', async () => {
  await symlink(outside, join(root, 'folder'));
  await symlink(join(outside, 'secret'), join(root, 'file'));
  for (const name of ['file', 'folder', 'folder/secret', 'folder/new', 'folder/new/deep']) {
    await expect(store.read(path(name))).rejects.toThrow(refusal);
    await expect(store.stat(path(name))).rejects.toThrow(refusal);
    await expect(store.list(path(name))).rejects.toThrow(refusal);
    await expect(store.write(path(name), Buffer.from('x'))).rejects.toThrow(refusal);
  }
  await expect(store.delete(path('folder/secret'))).rejects.toThrow(refusal);
  expect(await store.list()).toEqual([]);
  expect(await readdir(outside)).toEqual(['secret']);
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
});

test('a directory store refuses links that lead nowhere, or up', async () => {
  await symlink(join(folder, 'nowhere'), join(root, 'broken'));
  await symlink('..', join(root, 'up'));
  for (const name of ['broken', 'broken/x', 'up/outside/secret', 'up/root/x']) {
    await expect(store.read(path(name))).rejects.toThrow(refusal);
    await expect(store.write(path(name), Buffer.from('x'))).rejects.toThrow(refusal);
  }
  expect(await readdir(folder)).toEqual(['outside', 'root']);
});

test('a directory store follows links that stay within its root', async () => {
  await store.write(path('real/file'), Buffer.from('here'));
  await symlink('real', join(root, 'link'));
  expect(await text((await store.read(path('link/file'))).stream)).toBe('here');
  await store.write(path('link/other'), Buffer.from('there'));
  expect(await readFile(join(root, 'real/other'), 'utf8')).toBe('there');
});

test('a directory store may lie behind a link itself', async () => {
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'alias'));
  const aliased = await openBlobStore(join(folder, 'alias'));
  await aliased.write(path('a/b'), Buffer.from('x'));
  expect(await readFile(join(folder, 'elsewhere/a/b'), 'utf8')).toBe('x');
});

test('delete() removes a link, not what it leads to', async () => {
  await symlink(outside, join(root, 'folder'));
  await store.write(path('d/file'), Buffer.from('x'));
  await symlink(outside, join(root, 'd/within'));
  await store.delete(path('folder'));
  await store.delete(path('d'));
  expect(await readdir(root)).not.toContain('folder');
  expect(await readdir(outside)).toEqual(['secret']);
});

test('write() leaves nothing of a failed upload, and shows uploads to nobody', async () => {
  async function* failing() {
    yield Buffer.from('half');
    expect(await store.list()).toEqual([]);
    expect(await readdir(join(root, '.hone-uploads'))).toHaveLength(1);
    throw new Error('cut');
  }
  await expect(store.write(path('a/b'), failing())).rejects.toThrow('cut');
  expect(await readdir(join(root, '.hone-uploads'))).toEqual([]);
  expect(await readdir(root)).toEqual(['.hone-uploads']);
  for (const name of ['.hone-uploads', '.hone-uploads/x']) {
    await expect(store.read(path(name))).rejects.toThrow(/uploads under way/);
    await expect(store.write(path(name), Buffer.from('x'))).rejects.toThrow(/uploads under way/);
    await expect(store.delete(path(name))).rejects.toThrow(/uploads under way/);
  }
});

test('write() refuses a file in the way of its folder that came during the upload, and leaves nothing', async () => {
  async function* overtaken() {
    yield Buffer.from('x');
    await store.write(path('a'), Buffer.from('file'));
  }
  await expect(store.write(path('a/b'), overtaken())).rejects.toMatchObject({ name: 'ConflictError' });
  expect(await readdir(join(root, '.hone-uploads'))).toEqual([]);
});

test('the first write() removes uploads that died long ago, and only those', async () => {
  const uploads = join(root, '.hone-uploads');
  await mkdir(uploads);
  await writeFile(join(uploads, 'dead'), 'x');
  await writeFile(join(uploads, 'alive'), 'x');
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  await utimes(join(uploads, 'dead'), longAgo, longAgo);
  await store.write(path('f'), Buffer.from('x'));
  expect(await readdir(uploads)).toEqual(['alive']);
});

test('write() reaches no place outside of the root, whatever the path', async () => {
  const pieces = ['.', '..', '/', '%2e', '%2f', '%25', '\\', 'root', 'outside', 'secret', 'a', ' ', ':'];
  const hostile = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(hostile, async (name) => {
      if (!isArtifactPath(name)) return;
      await store.write(name, Buffer.from(name)).catch((error: unknown) => {
        // An earlier path of this run may be a folder where this one is a file.
        expect(error).toMatchObject({ name: 'ConflictError' });
      });
      expect(await readdir(folder)).toEqual(['outside', 'root']);
      expect(await readdir(outside)).toEqual(['secret']);
    }),
    { numRuns: 200 },
  );
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
});

test('openBlobStore() takes a file URL', async () => {
  const spaced = await openBlobStore(pathToFileURL(join(folder, 'a b')).href);
  await spaced.write(path('f'), Buffer.from('x'));
  expect(await readdir(join(folder, 'a b'))).toContain('f');
});

test('openBlobStore() refuses a file where the directory should be', async () => {
  await expect(openBlobStore(join(outside, 'secret'))).rejects.toMatchObject({ name: 'InputError' });
});
