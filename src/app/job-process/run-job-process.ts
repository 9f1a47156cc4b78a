// The process of one job: does the work that its worker names, tells of it, and ends with it.
import { InterruptedError } from '../../core/index.ts';
import { describeFailure } from './describe-failure.ts';
import type { ConfirmOptions, JobContext, JobProgram } from './job-kind.ts';
import type { FromProgram, Outcome, StartMessage, ToProgram } from './messages.ts';

/** Makes this process one that does jobs of a kind: to be called by the file that a worker starts. */
export function runJobProcess(program: JobProgram): void {
  const stop = new AbortController();
  const confirmations = new Confirmations();
  // Without its worker the job is another's: nothing more may be written
  const end = () => process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', end);
  // It may have gone while this process was loading
  if (!process.connected) end();
  process.on('SIGTERM', () => stop.abort());
  process.on('message', (message: ToProgram) => {
    if (message.type === 'stop') stop.abort();
    else if (message.type === 'confirmed') confirmations.resolve(message.number);
    else
      void work(
        program,
        contextOf(message, { signal: stop.signal, confirm: (options) => confirmations.ask(options) }),
      );
  });
}

async function work(program: JobProgram, context: JobContext): Promise<void> {
  await tell(await outcomeOf(program, context));
  process.exit(0);
}

async function outcomeOf(program: JobProgram, context: JobContext): Promise<Outcome> {
  try {
    return { type: 'done', result: await program(context) };
  } catch (error) {
    const { signal } = context;
    if (error instanceof InterruptedError || (signal.aborted && error === signal.reason))
      return { type: 'stopped' };
    // For the log
    console.error(error);
    return { type: 'failed', ...describeFailure(error) };
  }
}

function contextOf(
  { job, directory, settings }: StartMessage,
  control: Pick<JobContext, 'signal' | 'confirm'>,
): JobContext {
  return {
    ...{ job, directory, settings },
    ...control,
    emit: (event, { once } = {}) => void tell({ type: 'event', event, ...(once !== undefined && { once }) }),
    progress: (progress) => void tell({ type: 'progress', progress }),
  };
}

/** Questions to the worker whether the job is this process's still. */
class Confirmations {
  readonly #waiting = new Map<number, () => void>();
  #asked = 0;

  async ask({ advanced = false }: ConfirmOptions = {}): Promise<void> {
    const number = this.#asked++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(number, resolve);
    await tell({ type: 'confirm', number, advanced });
    await promise;
  }

  resolve(number: number): void {
    this.#waiting.get(number)?.();
    this.#waiting.delete(number);
  }
}

function tell(message: FromProgram): Promise<void> {
  // Resolves when the pipe has taken it; where there is none any more, this process is about to end
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}
