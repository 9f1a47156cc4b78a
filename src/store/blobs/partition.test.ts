// A partitioned store: each half is a store like any other, and neither reaches the other.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobCases } from '../../testing/blob-conformance.ts';
import { artifactPath, openBlobStore } from './index.ts';
import { partition } from './partition.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hone-partition-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
const parted = async () => partition(await openBlobStore(join(folder, `store-${++count}`)), '.apart');

describe.each(['inside', 'outside'] as const)('partition().%s', (half) => {
  for (const { name, run } of blobCases)
    test(name, async () => {
      const halves = await parted();
      await halves[half === 'inside' ? 'outside' : 'inside'].write(
        artifactPath('of/the/other'),
        Buffer.from('x'),
      );
      await run(halves[half]);
    });
});

test.each(['.apart', '.apart/a', '.APART/a', '.apart./a', '.apart /a'])(
  'partition().outside refuses %j',
  async (name) => {
    const { inside, outside } = await parted();
    await inside.write(artifactPath('a'), Buffer.from('kept'));
    const path = artifactPath(name);
    for (const attempt of [
      () => outside.list(path),
      () => outside.stat(path),
      () => outside.read(path),
      () => outside.write(path, Buffer.from('other')),
      () => outside.delete(path),
    ])
      await expect(attempt()).rejects.toThrow("'.apart' holds files of another kind");
    expect(await outside.list()).toEqual([]);
    expect(await text((await inside.read(artifactPath('a'))).stream)).toBe('kept');
  },
);
