// `hone models`: the registry looked up and changed by hand.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineAlias } from './models/alias.ts';
import { defineArchive, defineDelete, defineRestore } from './models/archive.ts';
import { defineAudit } from './models/audit.ts';
import { defineList } from './models/ls.ts';
import { definePromote } from './models/promote.ts';
import { definePurge } from './models/purge.ts';
import { defineShow } from './models/show.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Lists, shows, promotes, aliases and archives registered models; tells who changed what, and when.',
    )
    .addHelpText(
      'after',
      `
Examples:
  hone models show support
  hone models promote support 3 --to production --reason "better on held-out tickets"
  hone models audit support --at 2026-01-31`,
    );
  defineList(command.command('ls').alias('list'), terminal);
  defineShow(command.command('show'), terminal);
  definePromote(command.command('promote'), terminal);
  defineAlias(command.command('alias'), terminal);
  defineArchive(command.command('archive'), terminal);
  defineAudit(command.command('audit'), terminal);
  defineDelete(command.command('delete'), terminal);
  defineRestore(command.command('restore'), terminal);
  definePurge(command.command('purge'), terminal);
}
