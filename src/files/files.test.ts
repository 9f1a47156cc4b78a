// Uploaded files: records on both databases, bytes in a directory.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError, NotFoundError, ResourceError } from '../core/index.ts';
import { type ArtifactPath, type BlobStore, openBlobStore } from '../store/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { FileTooLargeError } from './file-record.ts';
import { type NewFile, openFiles } from './files.ts';
import { filesMigration } from './migration.ts';
import type { FileTables } from './tables.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hone-files-'));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
const ada: NewFile = { owner: 'ada', filename: 'pairs.jsonl', purpose: 'fine-tune' };
const body = (...parts: readonly string[]) => Readable.from(parts.map((part) => Buffer.from(part)));

/** A store's methods as members of an object, so that a test can put another in place of one. */
const methodsOf = (store: BlobStore): BlobStore => ({
  uri: store.uri,
  list: (folder) => store.list(folder),
  stat: (path) => store.stat(path),
  read: (path, range) => store.read(path, range),
  write: (path, source, options) => store.write(path, source, options),
  delete: (path) => store.delete(path),
});

await describeDatabases([filesMigration], (open) => {
  async function fresh() {
    const clock = { ms: 1_700_000_000_000 };
    const directory = join(root, `store-${++count}`);
    const blobs = await openBlobStore(directory);
    const database = await open();
    const on = (store: BlobStore) => openFiles(database, store, { now: () => clock.ms });
    /** What is left anywhere: rows, files, uploads under way. */
    const left = async () => {
      const names = (await readdir(directory, { recursive: true })).filter(
        (name) => name !== '.hone-uploads',
      );
      const rows = await database.tables<FileTables>().db.selectFrom('files').select('id').execute();
      return { names, rows: rows.map(({ id }) => id) };
    };
    return { clock, blobs, database, on, files: on(blobs), left };
  }

  test('Files.create() keeps a body as it comes, with its size, hash and name', async () => {
    const { files, clock } = await fresh();
    const seen: string[] = [];
    const file = await files.create(
      { ...ada, filename: '../../etc/passwd "ü".jsonl', expiresAt: clock.ms / 1000 + 3600 },
      body('{"a":1}\n', '{"b":2}\n'),
      { onChunk: (chunk) => void seen.push(Buffer.from(chunk).toString()) },
    );
    expect(file).toEqual({
      id: expect.stringMatching(/^file-[0-9A-Za-z]{24}$/),
      owner: 'ada',
      bytes: 16,
      sha256: createHash('sha256').update('{"a":1}\n{"b":2}\n').digest('hex'),
      createdAt: 1_700_000_000,
      filename: '../../etc/passwd "ü".jsonl',
      purpose: 'fine-tune',
      status: 'uploaded',
      statusDetails: undefined,
      expiresAt: 1_700_003_600,
    });
    expect(seen).toEqual(['{"a":1}\n', '{"b":2}\n']);
    const opened = await files.open(file.id);
    expect(opened.file).toEqual(file);
    expect([opened.size, await text(opened.stream)]).toEqual([16, '{"a":1}\n{"b":2}\n']);
  });

  test('Files.create() gives equal uploads a blob each', async () => {
    const { files } = await fresh();
    const [one, two] = await Promise.all([files.create(ada, body('same')), files.create(ada, body('same'))]);
    await files.delete(one.id);
    expect(await text((await files.open(two.id)).stream)).toBe('same');
  });

  test('Files.create() takes what it is told at the end of the body', async () => {
    const { files } = await fresh();
    const late = await files.create(ada, body('x'), {
      atEnd: () => ({ purpose: 'evals', status: 'processed', expiresAt: 1_800_000_000 }),
    });
    expect(late).toMatchObject({ purpose: 'evals', status: 'processed', expiresAt: 1_800_000_000 });
  });

  test('Files.create() takes a body of exactly the limit, and stops reading a larger one', async () => {
    const { files, left } = await fresh();
    expect((await files.create(ada, body('12345'), { limitBytes: 5 })).bytes).toBe(5);
    let read = 0;
    async function* endless() {
      for (; ; read++) yield Buffer.alloc(3);
    }
    const attempt = files.create(ada, endless(), { limitBytes: 5 });
    await expect(attempt).rejects.toThrow(FileTooLargeError);
    await expect(attempt).rejects.toThrow('it has more than 5 bytes');
    expect(read).toBeLessThan(3);
    expect(await left()).toMatchObject({ names: [expect.anything()], rows: [expect.anything()] });
  });

  test('Files.create() leaves nothing behind when the body, its check or the store fails', async () => {
    const { files, on, blobs, left } = await fresh();
    async function* broken() {
      yield Buffer.from('half');
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const cut = files.create(ada, broken());
    await expect(cut).rejects.toThrow(InputError);
    await expect(cut).rejects.toThrow(`Cannot keep "pairs.jsonl": its body broke off after 4 bytes`);
    const refuse = () => {
      throw new InputError('line 1 is not JSON');
    };
    await expect(files.create(ada, body('x'), { onChunk: refuse })).rejects.toThrow('line 1 is not JSON');
    await expect(files.create(ada, body('x'), { atEnd: refuse })).rejects.toThrow('line 1 is not JSON');
    const full = () => Promise.reject(new ResourceError('Cannot write: no space is left'));
    await expect(on({ ...methodsOf(blobs), write: full }).create(ada, body('x'))).rejects.toThrow(
      ResourceError,
    );
    expect(await left()).toEqual({ names: [], rows: [] });
  });

  test('Files.create() refuses names that lists and headers cannot show, and a past expiry', async () => {
    const { files, left, clock } = await fresh();
    for (const filename of ['', 'a\nb', 'a\0', '\ud800', 'x'.repeat(1001)])
      await expect(files.create({ ...ada, filename }, body('x'))).rejects.toThrow(
        'Cannot keep a file called',
      );
    await expect(files.create({ ...ada, expiresAt: clock.ms / 1000 }, body('x'))).rejects.toThrow(
      'it would have expired already',
    );
    expect(await left()).toEqual({ names: [], rows: [] });
  });

  test('Files.list() goes through files by time, purpose and owner, also behind one that was deleted', async () => {
    const { files, clock } = await fresh();
    const made: string[] = [];
    for (const [owner, purpose] of [
      ['ada', 'fine-tune'],
      ['ada', 'evals'],
      ['bob', 'fine-tune'],
      ['ada', 'fine-tune'],
    ] as const) {
      clock.ms += 1;
      made.push((await files.create({ ...ada, owner, purpose }, body('x'))).id);
    }
    const [first = '', second = '', third = '', fourth = ''] = made;
    const ids = async (query: Parameters<typeof files.list>[0]) => {
      const { items, hasMore } = await files.list(query);
      return [items.map(({ id }) => id), hasMore];
    };
    expect(await ids({})).toEqual([[fourth, third, second, first], false]);
    expect(await ids({ owner: 'ada', order: 'asc', limit: 2 })).toEqual([[first, second], true]);
    expect(await ids({ owner: 'ada', order: 'asc', limit: 2, after: second })).toEqual([[fourth], false]);
    expect(await ids({ purpose: 'fine-tune', owner: 'ada' })).toEqual([[fourth, first], false]);
    await files.delete(third);
    expect(await ids({ after: third })).toEqual([[second, first], false]);
    expect(await ids({ limit: 3 })).toEqual([[fourth, second, first], false]);
  });

  test('the files of another owner are not found, whatever is done with them', async () => {
    const { files } = await fresh();
    const { id } = await files.create(ada, body('hers'));
    for (const attempt of [
      () => files.get(id, { owner: 'bob' }),
      () => files.open(id, { owner: 'bob' }),
      () => files.delete(id, { owner: 'bob' }),
    ])
      await expect(attempt()).rejects.toThrow(NotFoundError);
    expect((await files.list({ owner: 'bob' })).items).toEqual([]);
    expect((await files.get(id, { owner: 'ada' })).id).toBe(id);
  });

  test('Files.delete() removes record and bytes; another time there is nothing', async () => {
    const { files, left } = await fresh();
    const { id } = await files.create(ada, body('x'));
    await files.delete(id);
    expect(await left()).toEqual({ names: [], rows: [] });
    for (const attempt of [
      () => files.delete(id),
      () => files.get(id),
      () => files.open(id),
      () => files.setStatus(id, 'error'),
    ])
      await expect(attempt()).rejects.toThrow(`No such File object: ${id}`);
  });

  test('Files.setStatus() says what came of looking at a file', async () => {
    const { files } = await fresh();
    const { id } = await files.create(ada, body('x'));
    expect(await files.setStatus(id, 'error', 'line 3 is not JSON')).toMatchObject({
      status: 'error',
      statusDetails: 'line 3 is not JSON',
    });
    expect(await files.setStatus(id, 'processed')).toMatchObject({
      status: 'processed',
      statusDetails: undefined,
    });
  });

  test('Files.expire() removes what has expired, which nobody sees even before', async () => {
    const { files, clock, left } = await fresh();
    const { id } = await files.create({ ...ada, expiresAt: clock.ms / 1000 + 60 }, body('x'));
    const stays = await files.create(ada, body('y'));
    clock.ms += 59_999;
    expect(await files.expire()).toBe(0);
    expect((await files.list()).items).toHaveLength(2);
    clock.ms += 1;
    await expect(files.get(id)).rejects.toThrow(NotFoundError);
    expect((await files.list()).items).toEqual([stays]);
    expect(await files.expire()).toBe(1);
    expect(await left()).toEqual({ names: [stays.id], rows: [stays.id] });
  });

  test('Files.expire() finishes what processes that died left, and goes on behind what cannot be removed', async () => {
    const { files, on, blobs, database, clock, left } = await fresh();
    const [uploading, deleting, stuck] = [
      await files.create(ada, body('a')),
      await files.create(ada, body('b')),
      await files.create({ ...ada, expiresAt: clock.ms / 1000 + 1 }, body('c')),
    ];
    const set = (id: string, state: 'writing' | 'deleting') =>
      database
        .tables<FileTables>()
        .write(({ db }) => db.updateTable('files').set({ state }).where('id', '=', id).execute());
    await set(uploading.id, 'writing');
    await set(deleting.id, 'deleting');
    clock.ms += 23 * 3_600_000;
    const stubborn = (path: ArtifactPath) =>
      path === stuck.id ? Promise.reject(new ResourceError('no permission')) : blobs.delete(path);
    await expect(on({ ...methodsOf(blobs), delete: stubborn }).expire()).rejects.toThrow('no permission');
    expect((await left()).rows.sort()).toEqual([uploading.id, stuck.id].sort());
    clock.ms += 3_600_000;
    await files.expire();
    expect(await left()).toEqual({ names: [], rows: [] });
  });
});
