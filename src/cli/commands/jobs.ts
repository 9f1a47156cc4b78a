// `hone jobs`: what waits, runs and has ended.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineEvents } from './jobs/events.ts';
import { defineList } from './jobs/ls.ts';
import { defineCancel, definePause, defineResume } from './jobs/requests.ts';
import { defineShow } from './jobs/show.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Lists, shows, watches, stops and resumes the jobs of hone server and hone worker.')
    .addHelpText(
      'after',
      `
States:
  queued     waits for a worker
  running    a worker has it
  paused     waits for hone jobs resume
  succeeded, failed, cancelled     ended for good

Examples:
  hone jobs ls --state queued,running
  hone jobs events ftjob-4fJk20 --follow
  hone jobs cancel ftjob-4fJk20`,
    );
  defineList(command.command('ls').alias('list'), terminal);
  defineShow(command.command('show'), terminal);
  defineEvents(command.command('events'), terminal);
  defineCancel(command.command('cancel'), terminal);
  definePause(command.command('pause'), terminal);
  defineResume(command.command('resume'), terminal);
}
