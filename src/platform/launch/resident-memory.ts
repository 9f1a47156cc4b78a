// How much memory a process has: by the kernel's own files on Linux, by `ps` on other Unix systems.
import { readFile, writeFile } from 'node:fs/promises';
import { findProgram, runProgram } from '../program.ts';

/** Whether {@link residentMemory} can tell anything here. */
export const canMeasureMemory = process.platform !== 'win32';

/** Milliseconds between two looks: a file costs next to nothing, a program some. */
export const samplePause = process.platform === 'linux' ? 200 : 1000;

/** The bytes that a process keeps in memory and swap; undefined where that cannot be told. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? fromStatus(pid) : fromPs(pid);
}

async function fromStatus(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  const resident = kilobytes('VmRSS');
  return Number.isNaN(resident) ? undefined : (resident + (kilobytes('VmSwap') || 0)) * 1024;
}

async function fromPs(pid: number): Promise<number | undefined> {
  const ps = findProgram('ps');
  if (ps === undefined) return undefined;
  const output = await runProgram(ps, ['-o', 'rss=', '-p', String(pid)], { timeoutMs: 2000 });
  const kilobytes = Number(output?.text.trim() || Number.NaN);
  return Number.isNaN(kilobytes) ? undefined : kilobytes * 1024;
}

/** Makes the kernel take this process before others when the machine's memory is used up. */
export async function offerToKernel(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  // Where it may not be written, the kernel chooses as it always does
  await writeFile(`/proc/${pid}/oom_score_adj`, '900').catch(() => undefined);
}
