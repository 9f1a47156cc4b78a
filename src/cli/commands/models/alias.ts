// `hone models alias set` and `hone models alias delete`.
import type { Command } from 'commander';
import { addLocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { addChangeOptions, type ChangeOptions, changeOf, withRegistry } from './with-registry.ts';

export function defineAlias(command: Command, terminal: Terminal): void {
  command.description('Points an alias to a version, or takes it away.').addHelpText(
    'after',
    `
Examples:
  hone models alias set support champion 3
  hone models alias delete support champion`,
  );
  const set = command
    .command('set')
    .description('Points an alias to a version, wherever it pointed before.')
    .argument('<name>', 'model')
    .argument('<alias>', 'letters, digits, - and _')
    .argument('<version>', 'number, x.y.z or @alias')
    .addHelpText(
      'after',
      '\nExample:\n  hone models alias set support champion 3 --reason "won the A/B test"',
    )
    .action(async (name: string, alias: string, version: string, options: ChangeOptions) => {
      await withRegistry(options, async (workflows, registry) => {
        const number = await workflows.setAlias(registry, name, { alias, version, ...changeOf(options) });
        terminal.out.write(`'${name}@${alias}' is version ${number}\n`);
      });
    });
  const remove = command
    .command('delete')
    .description('Takes an alias away; its version stays.')
    .argument('<name>', 'model')
    .argument('<alias>', 'alias')
    .addHelpText('after', '\nExample:\n  hone models alias delete support champion')
    .action(async (name: string, alias: string, options: ChangeOptions) => {
      await withRegistry(options, async (workflows, registry) => {
        await workflows.deleteAlias(registry, name, { alias, ...changeOf(options) });
        terminal.out.write(`'${name}@${alias}' is deleted\n`);
      });
    });
  for (const one of [set, remove]) addLocationOptions(addChangeOptions(one));
}
