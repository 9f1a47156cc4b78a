// `hone webhooks`: endpoints that are told when jobs end.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineAdd } from './webhooks/add.ts';
import { defineList } from './webhooks/list.ts';
import { defineLog } from './webhooks/log.ts';
import { defineRemove } from './webhooks/remove.ts';
import { defineRotate } from './webhooks/rotate.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Adds, lists and removes endpoints to which servers send events, signed as OpenAI signs them:\nthe openai client checks them by client.webhooks.unwrap(body, headers, secret).',
    )
    .addHelpText(
      'after',
      `
Examples:
  hone webhooks add https://example.org/hooks --owner alice
  hone webhooks list
  hone webhooks log whe_0VbX6ly03wiglwXrAGUrjyrs`,
    );
  defineAdd(command.command('add'), terminal);
  defineList(command.command('list').alias('ls'), terminal);
  defineLog(command.command('log'), terminal);
  defineRotate(command.command('rotate'), terminal);
  defineRemove(command.command('remove').alias('rm'), terminal);
}
