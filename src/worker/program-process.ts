// The process of one job: does the work that its first message names, tells the worker, and ends with it.
import type { JobContext, JobProgram } from '../app/index.ts';
import { InterruptedError } from '../core/index.ts';
import { describeFailure } from './describe-failure.ts';
import type { FromProgram, Outcome, StartMessage, ToProgram } from './messages.ts';

// Without its worker the job is another's: nothing more may be written
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stop = new AbortController();
const confirmations = new Map<number, () => void>();
process.on('SIGTERM', () => stop.abort());
process.on('message', (message: ToProgram) => {
  if (message.type === 'start') void work(message);
  else if (message.type === 'stop') stop.abort();
  else confirmations.get(message.number)?.();
});

async function work(message: StartMessage): Promise<void> {
  const outcome = await outcomeOf(message);
  await tell(outcome);
  process.exit(0);
}

async function outcomeOf({ program, ...told }: StartMessage): Promise<Outcome> {
  try {
    const { runJob }: { readonly runJob: JobProgram } = await import(program);
    return { type: 'done', result: await runJob(contextOf(told)) };
  } catch (error) {
    if (error instanceof InterruptedError || (stop.signal.aborted && error === stop.signal.reason))
      return { type: 'stopped' };
    console.error(error);
    return { type: 'failed', ...describeFailure(error) };
  }
}

function contextOf({ job, directory, settings }: Omit<StartMessage, 'program'>): JobContext {
  return {
    job,
    directory,
    settings,
    signal: stop.signal,
    emit: (event, { once } = {}) => void tell({ type: 'event', event, ...(once !== undefined && { once }) }),
    progress: (progress) => void tell({ type: 'progress', progress }),
    confirm,
  };
}

let asked = 0;

async function confirm(): Promise<void> {
  const number = asked++;
  const { promise, resolve } = Promise.withResolvers<void>();
  confirmations.set(number, resolve);
  await tell({ type: 'confirm', number });
  await promise;
  confirmations.delete(number);
}

function tell(message: FromProgram): Promise<void> {
  // Resolves when the pipe has taken it; where there is none any more, this process is about to end
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}
