// `hone jobs cancel`, `pause` and `resume`.
import type { Command } from 'commander';
import type { Job } from '../../../app/index.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { jobRecord } from './records.ts';
import { withJobs } from './with-jobs.ts';

type RequestOptions = LocationOptions & { readonly json?: true };
type Request = 'cancel' | 'pause' | 'resume';

export function defineCancel(command: Command, terminal: Terminal): void {
  command.description('Cancels a job for good: at once if it waits, within seconds if it runs.');
  defineRequest(command, 'cancel', terminal);
}

export function definePause(command: Command, terminal: Terminal): void {
  command.description('Pauses a job: at once if it waits, at its next checkpoint if it runs.');
  defineRequest(command, 'pause', terminal);
}

export function defineResume(command: Command, terminal: Terminal): void {
  command.description('Queues a paused job again; it goes on from its last checkpoint.');
  defineRequest(command, 'resume', terminal);
}

function defineRequest(command: Command, request: Request, terminal: Terminal): void {
  command
    .argument('<job>', 'its id, or six or more of its first characters')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', `\nExample:\n  hone jobs ${request} ftjob-4fJk20`)
    .action((name: string, options: RequestOptions) => ask(request, { name, options, terminal }));
  addLocationOptions(command);
}

async function ask(
  request: Request,
  {
    name,
    options,
    terminal: { out },
  }: { readonly name: string; readonly options: RequestOptions; readonly terminal: Terminal },
): Promise<void> {
  await withJobs(options, async (workflows, jobs) => {
    const { id } = await workflows.findJob(jobs, name);
    const job = await jobs[request](id);
    out.write(options.json ? `${JSON.stringify(jobRecord(job))}\n` : `Job ${id} ${outcome(job)}\n`);
  });
}

function outcome({ state, request, worker }: Job): string {
  if (request === null) return `is ${state}`;
  const wish = request === 'cancel' ? 'stop' : 'pause';
  return `is asked to ${wish}; its worker '${worker}' will`;
}
