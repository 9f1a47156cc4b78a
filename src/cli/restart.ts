// Runs the present command line in a child process whose environment has more in it.
import { spawn } from 'node:child_process';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The child takes over standard input and output, gets our signals, and dies with us even if we are killed outright
 * (bin/hone.js watches its starter). A terminal sends Ctrl-C to both: the child takes a signal that comes twice at once for one.
 * @returns the child's exit status
 */
export function restartWith(environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...environment, HONE_STARTER: String(process.pid) },
  });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of forwarded) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of forwarded) process.off(each, forward);
      // Its end is ours: a shell sees what happened.
      if (signal === null) resolve(code ?? 1);
      else process.kill(process.pid, signal);
    });
  });
}
