// `hone jobs events`: what happened to a job, and what happens.
import type { Command } from 'commander';
import type { JobEvent } from '../../../app/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { exitStatus } from '../../exit-status.ts';
import { stopAtInterrupt } from '../../interrupt.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { eventLine } from './job-text.ts';
import { eventRecord } from './records.ts';
import { withJobs } from './with-jobs.ts';

type EventOptions = LocationOptions & {
  readonly follow?: true;
  readonly limit: number;
  readonly json?: true;
};

export function defineEvents(command: Command, terminal: Terminal): void {
  command
    .description(
      'Tells what happened to a job, oldest first; with --follow, what happens until it has ended.',
    )
    .argument('<job>', 'its id, or six or more of its first characters')
    .option('-f, --follow', 'go on until the job has ended; exit status 1 where it did not succeed')
    .option('-n, --limit <count>', 'past events, the newest', positiveInteger, 100)
    .option('--json', 'print one JSON object on each line and nothing else')
    .addHelpText(
      'after',
      '\nExamples:\n  hone jobs events ftjob-4fJk20\n  hone jobs events ftjob-4fJk20 --follow --json',
    )
    .action((name: string, options: EventOptions) => tell(name, options, terminal));
  addLocationOptions(command);
}

async function tell(name: string, options: EventOptions, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const { limit, json } = options;
  const onEvent = (event: JobEvent) =>
    out.write(`${json ? JSON.stringify(eventRecord(event)) : eventLine(out, event)}\n`);
  await withJobs(options, async (workflows, jobs) => {
    const { id } = await workflows.findJob(jobs, name);
    if (options.follow === undefined) {
      for (const event of await workflows.lastEvents(jobs, id, limit)) onEvent(event);
      return;
    }
    const { signal, release } = stopAtInterrupt();
    try {
      const { state } = await workflows.followEvents(jobs, id, { limit, signal, onEvent });
      terminal.err.write(`Job ${id} ${state === 'cancelled' ? 'was cancelled' : state}\n`);
      if (state !== 'succeeded') terminal.exitStatus = exitStatus.failed;
    } catch (error) {
      if (!signal.aborted) throw error;
      terminal.err.write(`Job ${id} goes on; the same command watches it again\n`);
      terminal.exitStatus = exitStatus.interrupted;
    } finally {
      release();
    }
  });
}
