// One turn of one contender in a process of its own, and how much of the machine others took meanwhile.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Contender } from './contenders.ts';
import { processorSeconds } from './process-usage.ts';
import type { Account } from './workload.ts';

export type Turn = Account & {
  /** Share of all cores that other programs used; NaN where there is no /proc. */
  readonly disturbance: number;
};

const sampleMs = 250;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill();
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** @throws Error with what the contender said, if it fails */
export async function runTurn(contender: Contender, workloadFile: string): Promise<Turn> {
  const [program, ...args] = contender.command;
  const begin = { time: performance.now(), busy: busySeconds() };
  const child = spawn(program, [...args, '--workload', workloadFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const used = new Map<number, number>();
  const ended = new AbortController();
  const sampling = sampleTree(child.pid ?? 0, used, ended.signal);
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  running.delete(child);
  ended.abort();
  await sampling;
  if (status !== 0) throw new Error(`${contender.name} ended with ${status}:\n${errors.slice(-3000)}`);
  const account: Account = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  const own = [...used.values()].reduce((sum, seconds) => sum + seconds, 0);
  const elapsed = (performance.now() - begin.time) / 1000;
  return { ...account, disturbance: (busySeconds() - begin.busy - own) / (elapsed * cpus().length) };
}

/** Share of all cores in use during one second. */
export async function measureBusy(): Promise<number> {
  const before = busySeconds();
  await delay(1000);
  return (busySeconds() - before) / cpus().length;
}

async function sampleTree(root: number, used: Map<number, number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const [pid, seconds] of processorSeconds(root)) used.set(pid, seconds);
    await delay(sampleMs, undefined, { signal }).catch(() => undefined);
  }
}

function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}
