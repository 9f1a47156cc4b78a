// What every store of files must do, as cases that a test runs against a fresh store each.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { artifactPath, type BlobStore, type ByteRange } from '../store/index.ts';

/** A rule by name, and a run of it against an empty store that rejects where the store breaks the rule. */
export type BlobCase = { readonly name: string; readonly run: (store: BlobStore) => Promise<void> };

/** The rules of the interface `BlobStore`, one case each. */
export const blobCases: readonly BlobCase[] = [
  { name: 'write() keeps bytes and gives their number', run: keepsBytes },
  { name: 'write() keeps an empty file', run: keepsEmptyFile },
  { name: 'write() takes a stream of many parts as they come', run: takesStream },
  { name: 'write() replaces a file', run: replaces },
  { name: 'write() leaves what was there when its source fails', run: survivesFailure },
  { name: 'write() refuses another number of bytes than announced', run: refusesWrongSize },
  { name: 'write() of several at once keeps one whole content', run: keepsOneOfMany },
  { name: 'write() refuses a file and a folder of one name', run: refusesCollision },
  { name: 'read() gives the range asked for', run: readsRanges },
  { name: 'read() throws NotFoundError for what is no file', run: readsOnlyFiles },
  { name: 'stat() tells files, folders and nothing apart', run: tellsApart },
  { name: 'list() gives one level in order, with sizes', run: listsOneLevel },
  { name: 'list() gives nothing for a file or nothing', run: listsNothing },
  { name: 'delete() removes a file alone', run: deletesFile },
  { name: 'delete() removes a folder with all in it, not its namesakes', run: deletesFolder },
  { name: 'delete() throws NotFoundError for nothing', run: deletesNothing },
  { name: 'paths keep every character', run: keepsNames },
];

const bytes = (content: string) => Buffer.from(content);
const path = artifactPath;

async function textOf(store: BlobStore, name: string, range?: ByteRange): Promise<string> {
  return await text((await store.read(path(name), range)).stream);
}

async function keepsBytes(store: BlobStore) {
  const content = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 251);
  equal(await store.write(path('a/b.bin'), content), content.length);
  const { size, stream } = await store.read(path('a/b.bin'));
  equal(size, content.length);
  ok((await buffer(stream)).equals(content));
}

async function keepsEmptyFile(store: BlobStore) {
  equal(await store.write(path('empty'), new Uint8Array()), 0);
  equal(await textOf(store, 'empty'), '');
  deepEqual(await store.list(), [{ path: 'empty', isDirectory: false, size: 0 }]);
}

async function takesStream(store: BlobStore) {
  const count = 40;
  const part = 500_000;
  async function* parts() {
    for (let i = 0; i < count; i++) yield Buffer.alloc(part, i);
  }
  equal(await store.write(path('big'), parts(), { size: count * part }), count * part);
  const content = await buffer((await store.read(path('big'))).stream);
  equal(content.length, count * part);
  for (let i = 0; i < count; i++) ok(content.subarray(i * part, (i + 1) * part).every((byte) => byte === i));
}

async function replaces(store: BlobStore) {
  await store.write(path('f'), bytes('a longer first content'));
  await store.write(path('f'), bytes('second'));
  equal(await textOf(store, 'f'), 'second');
}

async function survivesFailure(store: BlobStore) {
  async function* failing() {
    yield Buffer.alloc(100_000);
    await setImmediate();
    throw new Error('the client is gone');
  }
  await store.write(path('kept'), bytes('kept'));
  await rejects(store.write(path('kept'), failing()), /the client is gone/);
  await rejects(store.write(path('new/file'), failing()), /the client is gone/);
  equal(await textOf(store, 'kept'), 'kept');
  deepEqual(await store.list(), [{ path: 'kept', isDirectory: false, size: 4 }]);
}

async function refusesWrongSize(store: BlobStore) {
  await rejects(store.write(path('cut'), bytes('1234'), { size: 5 }), { name: 'InputError' });
  await rejects(store.write(path('cut'), bytes('123456'), { size: 5 }), { name: 'InputError' });
  deepEqual(await store.list(), []);
}

async function keepsOneOfMany(store: BlobStore) {
  async function* content(digit: number) {
    for (let i = 0; i < 20; i++) {
      yield Buffer.alloc(10_000, `${digit}`);
      await setImmediate();
    }
  }
  await Promise.all([0, 1, 2, 3].map((digit) => store.write(path('d/raced'), content(digit))));
  const got = await textOf(store, 'd/raced');
  equal(got.length, 200_000);
  equal(new Set(got).size, 1);
}

async function refusesCollision(store: BlobStore) {
  await store.write(path('a/b'), bytes('file'));
  await rejects(store.write(path('a'), bytes('x')), { name: 'ConflictError' });
  await rejects(store.write(path('a/b/c'), bytes('x')), { name: 'ConflictError' });
  await rejects(store.write(path('a/b/c/d'), bytes('x')), { name: 'ConflictError' });
  equal(await textOf(store, 'a/b'), 'file');
}

async function readsRanges(store: BlobStore) {
  await store.write(path('r'), bytes('0123456789'));
  equal(await textOf(store, 'r', { start: 0, end: 3 }), '012');
  equal(await textOf(store, 'r', { start: 3, end: 5 }), '34');
  equal(await textOf(store, 'r', { start: 7 }), '789');
  equal(await textOf(store, 'r', { start: 7, end: 100 }), '789');
  equal(await textOf(store, 'r', { start: 4, end: 4 }), '');
  equal(await textOf(store, 'r', { start: 10 }), '');
  for (const range of [{ start: 11 }, { start: -1 }, { start: 5, end: 4 }, { start: 0.5 }])
    await rejects(store.read(path('r'), range), { name: 'InputError' });
}

async function readsOnlyFiles(store: BlobStore) {
  await store.write(path('a/b'), bytes('file'));
  for (const name of ['c', 'a', 'a/c', 'a/b/c'])
    await rejects(store.read(path(name)), { name: 'NotFoundError' });
}

async function tellsApart(store: BlobStore) {
  await store.write(path('a/b'), bytes('file'));
  deepEqual(await store.stat(path('a/b')), { path: 'a/b', isDirectory: false, size: 4 });
  deepEqual(await store.stat(path('a')), { path: 'a', isDirectory: true, size: 0 });
  for (const name of ['b', 'a/c', 'a/b/c']) equal(await store.stat(path(name)), undefined);
}

async function listsOneLevel(store: BlobStore) {
  for (const name of ['m/z', 'm/sub/deep/file', 'm/a', 'm/sub/x', 'other', 'm.txt'])
    await store.write(path(name), bytes(name));
  deepEqual(await store.list(), [
    { path: 'm', isDirectory: true, size: 0 },
    { path: 'm.txt', isDirectory: false, size: 5 },
    { path: 'other', isDirectory: false, size: 5 },
  ]);
  deepEqual(await store.list(path('m')), [
    { path: 'm/a', isDirectory: false, size: 3 },
    { path: 'm/sub', isDirectory: true, size: 0 },
    { path: 'm/z', isDirectory: false, size: 3 },
  ]);
}

async function listsNothing(store: BlobStore) {
  deepEqual(await store.list(), []);
  await store.write(path('file'), bytes('x'));
  for (const name of ['file', 'missing', 'file/below']) deepEqual(await store.list(path(name)), []);
}

async function deletesFile(store: BlobStore) {
  await store.write(path('d/a'), bytes('a'));
  await store.write(path('d/ab'), bytes('ab'));
  await store.delete(path('d/a'));
  deepEqual(await store.list(path('d')), [{ path: 'd/ab', isDirectory: false, size: 2 }]);
}

async function deletesFolder(store: BlobStore) {
  for (const name of ['d/a', 'd/e/f/g', 'dd', 'd2/x']) await store.write(path(name), bytes(name));
  await store.delete(path('d'));
  equal(await store.stat(path('d')), undefined);
  equal(await store.stat(path('d/e/f/g')), undefined);
  deepEqual(
    (await store.list()).map((entry) => entry.path),
    ['d2', 'dd'],
  );
}

async function deletesNothing(store: BlobStore) {
  await rejects(store.delete(path('missing')), { name: 'NotFoundError' });
}

async function keepsNames(store: BlobStore) {
  const names = ['50%off', '%41', 'a b', 'ü😀', '#?&+=', 'e\u0301', 'é', "it's", '~', '...', 'x:y', '*'];
  for (const name of names) await store.write(path(`n/${name}/f`), bytes(name));
  for (const name of names) equal(await textOf(store, `n/${name}/f`), name);
  const listed = await store.list(path('n'));
  deepEqual(new Set(listed.map((entry) => entry.path)), new Set(names.map((name) => `n/${name}`)));
}
