// Services are told by what they set and by their folders.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentUser } from './current-user.ts';
import { detectPlatform } from './detect-platform.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hone-platform-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.each([
  [{}, { name: 'local' }],
  [{ COLAB_GPU: '' }, { name: 'colab', outputs: '/content' }],
  [
    { COLAB_TPU: '1', AZURE_ML_RUN_ID: 'r' },
    { name: 'colab', outputs: '/content' },
  ],
  [{ KAGGLE_KERNEL_RUN_TYPE: 'Interactive' }, { name: 'kaggle', outputs: '/kaggle/working' }],
  [{ AZURE_ML_RUN_ID: 'r' }, { name: 'azure' }],
  [{ AZURE_ML_OUTPUT_DIR: '/mnt/out' }, { name: 'azure', outputs: '/mnt/out' }],
])('detectPlatform() of %j', (env, platform) => {
  expect(detectPlatform({ env, root })).toEqual(platform);
});

test('detectPlatform() finds folders of the services', () => {
  mkdirSync(join(root, 'content/drive/MyDrive'), { recursive: true });
  expect(detectPlatform({ env: { COLAB_GPU: '0' }, root }).outputs).toBe('/content/drive/MyDrive');
  mkdirSync(join(root, 'kaggle/working'), { recursive: true });
  expect(detectPlatform({ env: {}, root }).name).toBe('kaggle');
});

test('currentUser() prefers what the session says, in the order of getpass', () => {
  expect(currentUser({ USER: 'b', LOGNAME: 'a' })).toBe('a');
  expect(currentUser({ LOGNAME: '', USERNAME: 'c' })).toBe('c');
  expect(currentUser({})).not.toBe('');
});
