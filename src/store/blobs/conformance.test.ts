import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { blobCases } from '../../testing/blob-conformance.ts';
import type { BlobStore } from './index.ts';
import { openBlobStore } from './index.ts';
import { openObjectStore } from './open-blob-store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hone-blobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
const kinds: Record<string, () => Promise<BlobStore>> = {
  directory: () => openBlobStore(join(folder, `store-${++count}`)),
  // Every operator of this service has a memory of its own.
  'opendal memory': () => openObjectStore('memory:', { scheme: 'memory', settings: {} }),
};

for (const [kind, open] of Object.entries(kinds)) {
  describe(kind, () => {
    for (const { name, run } of blobCases) test(name, async () => await run(await open()));
  });
}

// A server of S3 to test against, e.g. one on this machine: `s3://BUCKET` with the usual variables for keys and address.
const remote = process.env.HONE_TEST_BLOBS;
describe.runIf(remote !== undefined)(`store of HONE_TEST_BLOBS`, () => {
  const prefix = `hone-test-${process.pid}-${Date.now()}`;
  for (const [i, { name, run }] of blobCases.entries())
    test(name, async () => await run(await openBlobStore(`${remote}/${prefix}/${i}`)));
});
