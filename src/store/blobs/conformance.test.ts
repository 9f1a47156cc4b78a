import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { blobCases } from '../../testing/blob-conformance.ts';
import { opendalIsMissing } from '../../testing/opendal.ts';
import { openBlobStore } from './index.ts';
import { openObjectStore } from './open-blob-store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hone-blobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
describe('directory', () => {
  const open = () => openBlobStore(join(folder, `store-${++count}`));
  for (const { name, run } of blobCases) test(name, async () => await run(await open()));
});

describe.skipIf(opendalIsMissing)('opendal in memory (skipped where opendal is not installed)', () => {
  // Every operator of this service has a memory of its own.
  const open = () => openObjectStore('memory:', { scheme: 'memory', settings: {} });
  for (const { name, run } of blobCases) test(name, async () => await run(await open()));
});

// A server of S3 to test against, e.g. one on this machine: `s3://BUCKET` with the usual variables for keys and address.
const remote = process.env.HONE_TEST_BLOBS;
describe.runIf(remote !== undefined)(`store of HONE_TEST_BLOBS`, () => {
  const prefix = `hone-test-${process.pid}-${Date.now()}`;
  for (const [i, { name, run }] of blobCases.entries())
    test(name, async () => await run(await openBlobStore(`${remote}/${prefix}/${i}`)));
});
