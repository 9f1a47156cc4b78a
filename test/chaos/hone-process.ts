// `hone server` and `hone worker` as processes of their own, for tests that stop and kill them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'hone.js');
const started = new Set<ChildProcess>();

/** A command that says what it does by its first line, which `said` is. */
export type HoneProcess = { readonly child: ChildProcess; readonly said: string };

/** Starts a command; resolves when it has said something. */
export function startHone(args: readonly string[]): Promise<HoneProcess> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.add(child);
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (part: Buffer) => {
      printed += part.toString();
      if (printed.includes('\n')) resolve({ child, said: printed.split('\n')[0] ?? '' });
    });
    child.once('exit', (code) => reject(new Error(`hone ${args[0]} ended with ${code} before it began`)));
  });
}

/** Sends a signal; resolves to the exit status, null for a process that a signal ended. */
export async function end({ child }: HoneProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code]: (number | null)[] = await exit;
  return code ?? null;
}

/** Kills all that run still. */
export function endAll(): void {
  for (const child of started) child.kill('SIGKILL');
}
