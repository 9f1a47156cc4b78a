import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  AtomicFile,
  InputError,
  ResourceError,
  removeDirectoryAtomic,
  removeStaleTemporaries,
  replaceDirectoryAtomic,
  writeFileAtomic,
} from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-atomic-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const read = (...names: string[]) => readFileSync(join(directory, ...names), 'utf8');

test('writeFileAtomic() replaces a file, makes its directory and leaves no temporary', async () => {
  await writeFileAtomic(join(directory, 'a', 'b.txt'), 'one');
  await writeFileAtomic(join(directory, 'a', 'b.txt'), new TextEncoder().encode('zwölf'));
  expect(read('a', 'b.txt')).toBe('zwölf');
  expect(readdirSync(join(directory, 'a'))).toEqual(['b.txt']);
});

test('AtomicFile shows nothing before commit() and nothing after discard()', async () => {
  const path = join(directory, 'x');
  writeFileSync(path, 'old');
  const file = await AtomicFile.create(path);
  await file.write(new TextEncoder().encode('ne'));
  await file.write(new TextEncoder().encode('w'));
  expect(read('x')).toBe('old');
  expect(await removeStaleTemporaries(directory)).toEqual([]);
  await file.commit();
  expect(read('x')).toBe('new');
  const given = await AtomicFile.create(path);
  await given.write(new TextEncoder().encode('never'));
  await given.discard();
  expect(read('x')).toBe('new');
  expect(readdirSync(directory)).toEqual(['x']);
});

test('writeFileAtomic() calls a path through a file, or onto a directory, the user’s fault', async () => {
  writeFileSync(join(directory, 'file'), '');
  mkdirSync(join(directory, 'full'));
  writeFileSync(join(directory, 'full', 'x'), '');
  await expect(writeFileAtomic(join(directory, 'file', 'x'), '')).rejects.toThrow(InputError);
  await expect(writeFileAtomic(join(directory, 'full'), '')).rejects.toThrow(
    `Cannot write '${join(directory, 'full')}': it is a directory, not a file; choose another path`,
  );
  expect(readdirSync(directory).sort()).toEqual(['file', 'full']);
});

test('replaceDirectoryAtomic() puts a new directory in the place of an old one', async () => {
  const target = join(directory, 'model');
  for (const name of ['first', 'second']) {
    await replaceDirectoryAtomic(target, async (temporary) => {
      mkdirSync(join(temporary, 'sub'));
      writeFileSync(join(temporary, 'sub', name), name);
    });
    expect(readdirSync(join(target, 'sub'))).toEqual([name]);
  }
  expect(readdirSync(directory)).toEqual(['model']);
});

test('replaceDirectoryAtomic() changes nothing when filling fails or the target is a file', async () => {
  const target = join(directory, 'model');
  await replaceDirectoryAtomic(target, (temporary) => writeFileAtomic(join(temporary, 'a'), 'kept'));
  const failing = replaceDirectoryAtomic(target, async (temporary) => {
    writeFileSync(join(temporary, 'a'), 'half');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(read('model', 'a')).toBe('kept');
  await expect(replaceDirectoryAtomic(join(target, 'a'), async () => {})).rejects.toThrow('it is a file');
  expect(read('model', 'a')).toBe('kept');
  expect(readdirSync(directory)).toEqual(['model']);
});

test('removeStaleTemporaries() clears what dead processes left and spares the living', async () => {
  const dead = deadProcess();
  writeFileSync(join(directory, `a.json.tmp-${dead}-1`), 'half');
  mkdirSync(join(directory, `model.tmp-${dead}-2`));
  writeFileSync(join(directory, `b.tmp-${process.ppid}-1`), 'under way');
  writeFileSync(join(directory, `c.tmp-${process.pid}-999999`), 'of an earlier process with this id');
  writeFileSync(join(directory, 'd.tmp-notes'), 'a user’s file');
  const removed = await removeStaleTemporaries(directory);
  expect([...removed].sort()).toEqual(
    [`a.json.tmp-${dead}-1`, `c.tmp-${process.pid}-999999`, `model.tmp-${dead}-2`].sort(),
  );
  expect(readdirSync(directory).sort()).toEqual([`b.tmp-${process.ppid}-1`, 'd.tmp-notes']);
  expect(await removeStaleTemporaries(join(directory, 'missing'))).toEqual([]);
});

test('removeStaleTemporaries() puts back a directory whose replacement was cut short', async () => {
  const dead = deadProcess();
  for (const name of ['lost', 'done']) {
    mkdirSync(join(directory, `${name}.old-${dead}-1`));
    writeFileSync(join(directory, `${name}.old-${dead}-1`, 'version'), 'old');
  }
  mkdirSync(join(directory, 'done'));
  writeFileSync(join(directory, 'done', 'version'), 'new');
  await removeStaleTemporaries(directory);
  expect(readdirSync(directory).sort()).toEqual(['done', 'lost']);
  expect([read('lost', 'version'), read('done', 'version')]).toEqual(['old', 'new']);
});

test('writeFileAtomic() on a full disk keeps the old file, leaves nothing and says what to do', async (context) => {
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  if (!mounted) return context.skip('left out: a full disk, which needs the right to mount one');
  try {
    await writeFileAtomic(join(disk, 'a'), 'old');
    const writing = writeFileAtomic(join(disk, 'a'), new Uint8Array(1 << 20));
    await expect(writing).rejects.toThrow(ResourceError);
    await expect(writing).rejects.toThrow('no space is left on the device; free some');
    expect(readdirSync(disk)).toEqual(['a']);
    expect(readFileSync(join(disk, 'a'), 'utf8')).toBe('old');
    const filling = replaceDirectoryAtomic(join(disk, 'model'), (temporary) =>
      writeFileAtomic(join(temporary, 'weights'), new Uint8Array(1 << 20)),
    );
    await expect(filling).rejects.toThrow(ResourceError);
    expect(readdirSync(disk)).toEqual(['a']);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('fileError() maps what the machine refuses to ResourceError', async (context) => {
  if (process.platform !== 'linux') return context.skip('left out: a forbidden path, known on Linux only');
  symlinkSync('/sys', join(directory, 'forbidden'));
  await expect(writeFileAtomic(join(directory, 'forbidden', 'x'), '')).rejects.toThrow(ResourceError);
});

function deadProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('removeDirectoryAtomic() removes a directory with all in it, and takes one that is gone for removed', async () => {
  const path = join(directory, 'gone');
  mkdirSync(join(path, 'in'), { recursive: true });
  await removeDirectoryAtomic(path);
  await removeDirectoryAtomic(path);
  expect(readdirSync(directory)).toEqual([]);
});
