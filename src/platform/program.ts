// Runs a helper program of the machine (git, nvidia-smi) within limits of time and output; whatever goes wrong, it only has nothing to say.
import { type ChildProcess, execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** What a program said. */
export type ProgramOutput = {
  /** Its exit status. */
  readonly status: number;
  readonly text: string;
  /** Whether it had more to say than was asked for. */
  readonly isCut: boolean;
};

/** How long a program may take, and how much it may say. */
export type ProgramOptions = {
  readonly timeoutMs: number;
  /** Bytes of output after which the program is ended. */
  readonly maxBytes?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
};

const usualMaxBytes = 2 ** 20;

/** The program's absolute path; undefined when it is not in PATH. The current directory is never searched. */
export function findProgram(name: string, path = process.env.PATH): string | undefined {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, file)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs a program to its end. Undefined when it cannot be started, takes too long, is stopped or dies. */
export function runProgram(
  file: string,
  args: readonly string[],
  { timeoutMs, maxBytes = usualMaxBytes, env, signal }: ProgramOptions,
): Promise<ProgramOutput | undefined> {
  if (signal?.aborted === true) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let child: ChildProcess;
    // A program that hangs in the kernel cannot be ended: it is left alone, and the answer does not wait for it
    const giveUp = () => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      settle(undefined);
    };
    const timer = setTimeout(giveUp, timeoutMs);
    const settle = (output: ProgramOutput | undefined) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(output);
    };
    try {
      child = execFile(
        file,
        args,
        { encoding: 'buffer', maxBuffer: maxBytes, windowsHide: true, ...(env && { env }) },
        (error, stdout) => settle(outputOf(error, stdout)),
      );
    } catch {
      settle(undefined);
      return;
    }
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

function outputOf(
  error: (Error & { readonly code?: unknown }) | null,
  stdout: Buffer,
): ProgramOutput | undefined {
  const isCut = error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
  const status = error === null || isCut ? 0 : error.code;
  return typeof status === 'number' ? { status, text: stdout.toString('utf8'), isCut } : undefined;
}
