// Runs a program of this repository with the Node that runs us, its output going straight to the terminal.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a JavaScript program (a path relative to the root) to its end. True when it exits with 0. */
export function runNode(program: string, args: readonly string[] = []): boolean {
  return spawnSync(process.execPath, [program, ...args], { cwd: ROOT, stdio: 'inherit' }).status === 0;
}
