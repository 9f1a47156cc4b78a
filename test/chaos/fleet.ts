// Workers in processes of their own that are killed and stalled at random moments, and started again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/core/index.ts';

/** How a fleet works. Times in ms. */
export type FleetOptions = {
  readonly workers: number;
  /** What each worker is told. */
  readonly settings: { readonly locations: { readonly data: string }; readonly leaseMs: number };
};

/** What was done to a fleet. */
export type Disturbances = { workersKilled: number; jobsKilled: number; stalls: number };

/** A worker, and the processes of jobs that it has started. */
type Member = { readonly child: ChildProcess; readonly jobs: number[] };

const script = join(import.meta.dirname, 'worker.ts');

export class Fleet {
  readonly done: Disturbances = { workersKilled: 0, jobsKilled: 0, stalls: 0 };
  readonly #options: FleetOptions;
  readonly #members = new Set<Member>();
  /** Every process of a job that was heard of. */
  readonly #jobs = new Set<number>();
  readonly #over = new AbortController();

  constructor(options: FleetOptions) {
    this.#options = options;
    for (let i = 0; i < options.workers; i++) this.#start();
  }

  /** Kills and stalls so many times, on average every `meanMs`, or until the fleet is stopped. */
  async disturb(
    random: Random,
    { times, meanMs }: { readonly times: number; readonly meanMs: number },
  ): Promise<void> {
    const { signal } = this.#over;
    for (let time = 0; time < times; time++) {
      await sleep(random.uniform() * 2 * meanMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const members = [...this.#members];
      const member = members[random.below(Math.max(1, members.length))];
      const what = random.uniform();
      if (member !== undefined) this.#disturb(member, what);
    }
  }

  /** Kills all workers. @returns the processes of jobs that outlive them by more than five seconds */
  async stop(): Promise<readonly number[]> {
    this.#over.abort();
    const gone = [...this.#members].map(({ child }) => once(child, 'exit'));
    for (const { child } of this.#members) child.kill('SIGKILL');
    await Promise.all(gone);
    for (const limit = Date.now() + 5000; ; await sleep(50)) {
      const left = this.#left();
      if (left.length === 0 || Date.now() > limit) return left;
    }
  }

  #disturb(member: Member, what: number): void {
    const job = member.jobs.findLast(isAlive);
    if (what < 0.3 && job !== undefined) {
      this.done.jobsKilled++;
      signalTo(job, 'SIGKILL');
    } else if (what < 0.8) {
      this.done.workersKilled++;
      member.child.kill('SIGKILL');
    } else void this.#stall(member);
  }

  /** As if the machine had stood still until the lease was over: what the worker does afterwards must come to nothing. */
  async #stall({ child }: Member): Promise<void> {
    this.done.stalls++;
    child.kill('SIGSTOP');
    await sleep(this.#options.settings.leaseMs * 1.5);
    child.kill('SIGCONT');
  }

  #start(): void {
    const { settings } = this.#options;
    const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(settings)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const member: Member = { child, jobs: [] };
    this.#members.add(member);
    child.stdout.on('data', (lines: Buffer) => {
      for (const line of lines.toString().trim().split('\n')) {
        member.jobs.push(Number(line));
        this.#jobs.add(Number(line));
      }
    });
    child.once('exit', () => {
      this.#members.delete(member);
      if (!this.#over.signal.aborted) this.#start();
    });
  }

  #left(): readonly number[] {
    const { data } = this.#options.settings.locations;
    return [...new Set([...[...this.#jobs].filter(isAlive), ...processesIn(join(data, 'jobs'))])];
  }
}

function isAlive(pid: number): boolean {
  return signalTo(pid, 0);
}

function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Processes that work in a directory: all of them on Linux, none are known elsewhere. */
function processesIn(directory: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && workingDirectory(pid).startsWith(directory));
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
