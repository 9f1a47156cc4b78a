// `hone train` as a process of its own: Ctrl-C and resuming, being killed, a full disk, a reader that goes away.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeToyData } from '../src/data/index.ts';
import { readMetrics } from '../src/training/index.ts';

const bin = join(import.meta.dirname, '..', 'bin', 'hone.js');
const isWindows = process.platform === 'win32';
let directory: string;
let settings: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-train-'));
  process.env.HONE_DATA = join(directory, 'data');
  const data = await writeToyData(join(directory, 'toy'), { count: 64, evalCount: 4 });
  settings = [
    ...[
      'recipe=sft',
      'model=new:hiddenSize=64:layers=2:heads=2',
      'vocab_size=300',
      'max_steps=40',
      'threads=1',
    ],
    ...[`data.train=${data.sftTrain}`, `data.eval=${data.sftEval}`, 'eval_every=10', 'checkpoint_every=10'],
  ];
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);

function start(output: string, ...more: string[]): ChildProcess {
  const args = [bin, 'train', ...settings, `output=${at(output)}`, ...more];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Ends when the process has told of its first step. */
async function firstStep(child: ChildProcess): Promise<void> {
  let told = '';
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    told += chunk.toString();
    if (told.includes('step 1/')) break;
  }
  // What is not read would stop the writer
  child.stderr?.resume();
  child.stdout?.resume();
}

async function ended(child: ChildProcess): Promise<number | null> {
  child.stderr?.resume();
  child.stdout?.resume();
  const [code] = await once(child, 'close');
  return code as number | null;
}

async function series(output: string) {
  const rows = await readMetrics(join(at(output), 'metrics.jsonl'));
  return rows.map(({ tokens_per_second: _, ...row }) => row);
}

test.skipIf(isWindows)(
  'hone train stops at Ctrl-C with 3, and --resume goes on to the bit',
  { timeout: 120_000 },
  async () => {
    expect(await ended(start('whole'))).toBe(0);
    const child = start('stopped');
    const end = once(child, 'close');
    await firstStep(child);
    child.kill('SIGINT');
    expect(await end).toEqual([3, null]);
    const before = await series('stopped');
    expect(before.length).toBeGreaterThanOrEqual(1);
    expect(before.length).toBeLessThan(40);
    expect(await readdir(join(at('stopped'), 'checkpoints'))).toContain(`step-${before.length}`);
    expect(await readdir(at('stopped'))).not.toContain('final');
    expect(await ended(start('stopped', '--resume'))).toBe(0);
    expect(await series('stopped')).toEqual(await series('whole'));
  },
);

test.skipIf(isWindows)('hone train killed outright leaves no work behind', { timeout: 60_000 }, async () => {
  const child = start('killed', 'max_steps=100000');
  const end = once(child, 'close');
  await firstStep(child);
  child.kill('SIGKILL');
  // Its outputs close only when the process that trains, which shares them, has ended too
  expect(await end).toEqual([null, 'SIGKILL']);
});

test.skipIf(isWindows)(
  'hone train on a full disk says so, ends with 1 and leaves nothing half-written',
  { timeout: 60_000 },
  async () => {
    // A limit on the size of files stands for the disk: the system refuses the write in the same way
    const limited = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`;
    const args = [
      '-c',
      limited,
      process.execPath,
      bin,
      'train',
      ...settings,
      `output=${at('full')}`,
      '--quiet',
    ];
    const child = spawn('bash', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(err).toMatch(/^error: Cannot write .*: .*(limit|space)/);
    expect(code).toBe(1);
    expect(await readdir(at('full'))).not.toContain('final');
    expect(await readdir(join(at('full'), 'checkpoints'))).toEqual([]);
    expect(await ended(start('full', '--quiet'))).toBe(0);
  },
);

test('hone ends quietly when its reader goes away', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [bin, 'train', '--write-schema'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect([code, err]).toEqual([0, '']);
});
