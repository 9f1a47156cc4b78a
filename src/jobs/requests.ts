// What users ask of a job: cancel, pause, resume. What waits changes at once; what runs is asked through its worker.
import { StateError } from '../core/index.ts';
import {
  type JobName,
  type JobRow,
  type JobsContext,
  type JobUpdate,
  lockRow,
  updateRow,
} from './context.ts';
import type { Job } from './job.ts';
import { ended } from './outcome.ts';
import { jobOf } from './rows.ts';

/** A rule: what becomes of a job that was asked; undefined where nothing need change. */
type Rule = (row: JobRow, now: number) => JobUpdate | undefined;

export function cancel(context: JobsContext, name: JobName): Promise<Job> {
  return change(context, name, (row, now) => {
    if (row.state === 'queued' || row.state === 'paused') return ended('cancelled', now);
    if (row.state === 'running') return row.request === 'cancel' ? undefined : { request: 'cancel' };
    return row.state === 'cancelled' ? undefined : refuse(row, 'cancel');
  });
}

export function pause(context: JobsContext, name: JobName): Promise<Job> {
  return change(context, name, (row) => {
    if (row.state === 'queued') return { state: 'paused' };
    if (row.state === 'paused') return undefined;
    if (row.state !== 'running' || row.request === 'cancel') return refuse(row, 'pause');
    return row.request === 'pause' ? undefined : { request: 'pause' };
  });
}

export function resume(context: JobsContext, name: JobName): Promise<Job> {
  return change(context, name, (row, now) => {
    if (row.state === 'paused') return { state: 'queued', available_at: Math.max(now, row.available_at) };
    // Asked to pause, but not yet at the place where it can.
    if (row.state === 'running' && row.request === 'pause') return { request: null };
    return row.state === 'queued' ? undefined : refuse(row, 'resume');
  });
}

async function change(context: JobsContext, name: JobName, rule: Rule): Promise<Job> {
  const job = await context.tables.write(async (transaction) => {
    const row = await lockRow(transaction, name);
    const update = rule(row, await context.clock(transaction));
    return jobOf(update === undefined ? row : await updateRow(transaction, row.number, update));
  });
  context.changes.tell(job);
  return job;
}

const remedies: Readonly<Record<string, string>> = {
  cancel: 'only a job that has not ended can be cancelled',
  pause: 'only a job that waits or runs can be paused',
  resume: 'only a paused job can be resumed',
};

function refuse(row: JobRow, action: string): never {
  const state = row.request === 'cancel' ? 'being cancelled' : row.state;
  throw new StateError(`Cannot ${action} the job '${row.id}': it is ${state}; ${remedies[action]}`);
}
