// One process of this machine that carries a run out: watched, stopped in steps, and gone with all that it started.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedLog } from './bounded-log.ts';
import type { LaunchedRun, LaunchRequest, RunEnd, StopOptions } from './platform.ts';
import { offerToKernel, residentMemory, samplePause } from './resident-memory.ts';

type LocalRunOptions = { readonly pid: number; readonly logs: string; readonly request: LaunchRequest };

/** The part of a grace that is left when SIGTERM follows the request. */
const termShare = 0.3;
/** What a timer can hold: 24 days. */
const longestTimer = 2 ** 31 - 1;

export class LocalRun implements LaunchedRun {
  readonly pid: number;
  readonly ended: Promise<RunEnd>;
  readonly #child: ChildProcess;
  readonly #errors: BoundedLog;
  #cause: RunEnd['cause'] = 'exit';
  #peakMemory = 0;
  #isOver = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(child: ChildProcess, { pid, logs, request }: LocalRunOptions) {
    this.pid = pid;
    this.#child = child;
    const output = new BoundedLog(join(logs, 'stdout.log'));
    this.#errors = new BoundedLog(join(logs, 'stderr.log'));
    child.stdout?.on('data', (chunk: Buffer) => output.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#errors.write(chunk));
    child.on('message', (message) => request.onMessage(message));
    // A message that cannot be delivered any more: the end tells the rest
    child.on('error', () => undefined);
    this.ended = this.#end();
    this.send(request.message);
    void offerToKernel(pid);
    if (request.timeLimit !== null) this.#later(request.timeLimit, () => this.#force('time-limit'));
    void this.#watchMemory(request.memoryLimit);
  }

  send(message: unknown): void {
    if (!this.#child.connected || this.#isOver) return;
    this.#child.send(Object(message), () => undefined);
  }

  stop({ graceMs }: StopOptions): Promise<RunEnd> {
    this.send({ type: 'stop' });
    this.#later(graceMs * (1 - termShare), () => this.#signal('SIGTERM'));
    this.#later(graceMs, () => this.#force('stop'));
    return this.ended;
  }

  kill(): Promise<RunEnd> {
    this.#force('stop');
    return this.ended;
  }

  #force(cause: RunEnd['cause']): void {
    if (this.#isOver) return;
    if (this.#cause === 'exit') this.#cause = cause;
    this.#signal('SIGKILL');
  }

  /** To the process and to all that it started. */
  #signal(signal: NodeJS.Signals): void {
    try {
      if (process.platform !== 'win32') process.kill(-this.pid, signal);
      else if (signal === 'SIGKILL') spawnSync('taskkill', ['/pid', String(this.pid), '/t', '/f']);
    } catch {
      // Nobody is left
    }
  }

  #later(milliseconds: number, work: () => void): void {
    // Nobody clears it any more, and this process would wait for it
    if (this.#isOver) return;
    this.#timers.push(setTimeout(work, Math.min(milliseconds, longestTimer)));
  }

  async #end(): Promise<RunEnd> {
    const exited = Promise.withResolvers<Pick<RunEnd, 'exitCode' | 'signal'>>();
    const closed = Promise.withResolvers<void>();
    this.#child.once('exit', (exitCode, signal) => exited.resolve({ exitCode, signal }));
    this.#child.once('close', () => closed.resolve());
    const exit = await exited.promise;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    // What it started and left behind
    this.#signal('SIGKILL');
    // Its last words and messages may still be on their way
    await Promise.race([closed.promise, sleep(1000, undefined, { ref: false })]);
    return { cause: this.#cause, ...exit, peakMemory: this.#peakMemory, lastWords: this.#errors.end };
  }

  async #watchMemory(limit: number | null): Promise<void> {
    while (!this.#isOver) {
      const bytes = await residentMemory(this.pid);
      if (bytes !== undefined && !this.#isOver) {
        this.#peakMemory = Math.max(this.#peakMemory, bytes);
        if (limit !== null && bytes > limit) this.#force('memory-limit');
      }
      await sleep(samplePause, undefined, { ref: false });
    }
  }
}
