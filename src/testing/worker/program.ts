// A program for tests of the worker: does what the job's specification says.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobContext, JobFault, runJobProcess } from '../../app/index.ts';
import { InterruptedError, NumericError, ResourceError } from '../../core/index.ts';
import type { JsonValue } from '../../jobs/index.ts';

type Action = (context: JobContext) => Promise<JsonValue>;

const actions: Readonly<Record<string, Action>> = {
  tell: async ({ emit, progress, confirm, job, settings }) => {
    emit({ type: 'message', message: 'one' }, { once: 'one' });
    emit({ type: 'message', message: 'one again' }, { once: 'one' });
    progress({ step: 7 });
    await confirm();
    emit({ type: 'message', message: 'two' });
    return { attempt: job.attempt, settings };
  },
  fault: async () => {
    throw new JobFault('The file is bad', { code: 'invalid_training_file', param: 'training_file' });
  },
  numbers: async () => {
    throw new NumericError('Loss is NaN');
  },
  /** Fails twice, by an error and by a crash. */
  unsteady: async ({ job }) => {
    if (job.attempt === 1) throw new ResourceError('The disk is full');
    if (job.attempt === 2) process.kill(process.pid, 'SIGKILL');
    return job.attempt;
  },
  eat: async () => {
    const eaten: Buffer[] = [];
    for (;;) {
      eaten.push(Buffer.alloc(20 * 2 ** 20, 1));
      await sleep(20);
    }
  },
  forever: async () => {
    for (;;) await sleep(1000);
  },
  /** Ten parts, each done once over all starts; waits before the sixth for a file. */
  parts: async ({ directory, emit, signal, settings }) => {
    const { gate } = settings as { readonly gate: string };
    const file = join(directory, 'done');
    for (let part = 1; part <= 10; part++) {
      if (existsSync(`${file}-${part}`)) continue;
      while (part === 6 && !existsSync(gate)) {
        if (signal.aborted) throw new InterruptedError('Stopped');
        await sleep(10);
      }
      appendFileSync(`${file}-${part}`, 'x');
      emit({ type: 'message', message: `part ${part}` });
    }
    return 'all';
  },
};

runJobProcess(async (context) => {
  writeFileSync(join(context.directory, 'pid'), String(process.pid));
  const { do: what } = context.job.spec as { readonly do: string };
  const action = actions[what];
  if (action === undefined) throw new TypeError(`No action '${what}'`);
  return action(context);
});
