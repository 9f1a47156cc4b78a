// `hone keys`: who may use a server, and what for.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineCreate } from './keys/create.ts';
import { defineList } from './keys/list.ts';
import { defineRevoke } from './keys/revoke.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Makes, lists and revokes API keys. With the first key, a server asks everybody for one, and may be reached from elsewhere.',
    )
    .addHelpText(
      'after',
      `
Scopes:
  read    look at files, jobs, models and runs
  train   upload files, start and stop jobs, record runs, change models; read besides
  infer   talk to models, nothing else
  admin   everything, and of every owner

Examples:
  hone keys create --owner alice --scopes train,infer --name ci --expires 90d
  hone keys list
  hone keys revoke key_4fJk20sLpQx`,
    );
  defineCreate(command.command('create'), terminal);
  defineList(command.command('list').alias('ls'), terminal);
  defineRevoke(command.command('revoke'), terminal);
}
