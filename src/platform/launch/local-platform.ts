// Runs as processes of this machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileError, InputError, ResourceError } from '../../core/index.ts';
import type { PlatformName } from '../detect-platform.ts';
import { LocalRun } from './local-run.ts';
import type { LaunchRequest, Platform, PlatformCapabilities } from './platform.ts';
import { canMeasureMemory } from './resident-memory.ts';

const capabilities: PlatformCapabilities = {
  stop: true,
  resume: true,
  memoryLimit: canMeasureMemory,
  timeLimit: true,
  accelerators: true,
  hosts: 1,
};

/** Runs are Node processes of this machine, each the head of a process group of its own. */
export function localPlatform(name: PlatformName = 'local'): Platform {
  return { name, capabilities, launch };
}

async function launch(request: LaunchRequest): Promise<LocalRun> {
  if (request.memoryLimit !== null && !capabilities.memoryLimit)
    throw new InputError(
      `Cannot keep the memory limit on ${process.platform}: the memory of a process cannot be told there; leave the limit out`,
    );
  const logs = join(request.directory, 'logs');
  await mkdir(logs, { recursive: true }).catch((error: unknown) => {
    throw fileError(`Cannot make the directory '${logs}'`, error);
  });
  const child = spawn(process.execPath, nodeArguments(request), {
    cwd: request.directory,
    env: { ...request.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own group on Unix: all that it starts ends with it, and a terminal's Ctrl-C does not reach it
    detached: process.platform !== 'win32',
    windowsHide: true,
    serialization: 'json',
  });
  const pid = await started(child);
  return new LocalRun(child, { pid, logs, request });
}

/** Warnings of Node's about features that are used on purpose are no news in a log. */
function nodeArguments({ entry }: LaunchRequest): string[] {
  return ['--disable-warning=ExperimentalWarning', fileURLToPath(entry)];
}

async function started(child: ChildProcess): Promise<number> {
  try {
    if (child.pid === undefined) await once(child, 'spawn');
    return child.pid as number;
  } catch (cause) {
    throw new ResourceError('Cannot start a process for the run; see the limits of this machine', { cause });
  }
}
