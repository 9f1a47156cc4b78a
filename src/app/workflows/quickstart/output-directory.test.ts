// What takeDirectory does with what it finds, and what is left when the work fails.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { takeDirectory } from './output-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-quickstart-directory-'));
let path = '';
let count = 0;

beforeEach(() => {
  path = join(folder, String(++count), 'quickstart');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function finished(content: string): Promise<void> {
  const directory = await takeDirectory(path);
  writeFileSync(join(directory.path, 'result.txt'), content);
  await directory.keep({});
}

const result = () => readFileSync(join(path, 'result.txt'), 'utf8');

test('takeDirectory makes a new directory, and discard() removes it', async () => {
  const directory = await takeDirectory(path);
  expect(existsSync(path)).toBe(true);
  await directory.discard();
  expect(existsSync(path)).toBe(false);
});

test('takeDirectory puts a former result aside; keep() replaces it', async () => {
  await finished('old');
  const directory = await takeDirectory(path);
  expect(readdirSync(path)).toEqual(['quickstart.json']);
  writeFileSync(join(path, 'result.txt'), 'new');
  await directory.keep({});
  expect(result()).toBe('new');
  expect(readdirSync(join(path, '..'))).toEqual(['quickstart']);
});

test('discard() brings the former result back', async () => {
  await finished('old');
  const directory = await takeDirectory(path);
  writeFileSync(join(path, 'result.txt'), 'half');
  await directory.discard();
  expect(result()).toBe('old');
});

test('takeDirectory clears what a killed run left, and its former result comes back when the next one fails too', async () => {
  await finished('old');
  await takeDirectory(path);
  // As after a kill: not finished, and by a process that is gone
  writeFileSync(join(path, 'quickstart.json'), JSON.stringify({ finished: false, process: 2 ** 30 }));
  const next = await takeDirectory(path);
  expect(next.path).toBe(path);
  await next.discard();
  expect(result()).toBe('old');
});

test('takeDirectory takes the next number where another process is at work', async () => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'quickstart.json'), JSON.stringify({ finished: false, process: process.ppid }));
  const directory = await takeDirectory(path);
  expect(directory.path).toBe(`${path}-2`);
});

test('takeDirectory refuses a directory that holds something else', async () => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'notes.txt'), 'mine');
  await expect(takeDirectory(path)).rejects.toThrow(/it is not empty and holds no quickstart \(notes.txt\)/);
});
