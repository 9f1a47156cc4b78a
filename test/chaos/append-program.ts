// What a job of the light kind does: a line for each step, written only while the job is known to be its own.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runJobProcess } from '../../src/app/index.ts';
import { InterruptedError } from '../../src/core/index.ts';
import { appendedFile } from './append-kind.ts';

runJobProcess(async ({ job, settings, signal, confirm, progress }) => {
  const { data } = settings as { readonly data: string };
  const { steps } = job.spec as { readonly steps: number };
  const file = appendedFile(data, job.id);
  await confirm();
  for (let step = linesIn(file) + 1; step <= steps; step++) {
    if (signal.aborted) throw new InterruptedError(`Stopped before step ${step}`);
    await confirm();
    appendFileSync(file, `${job.attempt} ${step}\n`);
    progress({ step });
    await sleep(20);
  }
  return { steps };
});

function linesIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}
