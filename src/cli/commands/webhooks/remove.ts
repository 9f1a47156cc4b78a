// `hone webhooks remove`: ends the sending to an endpoint.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { withWebhooks } from './with-webhooks.ts';

export function defineRemove(command: Command, terminal: Terminal): void {
  command
    .description('Removes an endpoint, and what is under way to it.')
    .argument('<endpoint>', 'id')
    .addHelpText('after', '\nExample:\n  hone webhooks remove whe_0VbX6ly03wiglwXrAGUrjyrs')
    .action((id: string, options: LocationOptions) => remove(id, options, terminal));
  addLocationOptions(command);
}

async function remove(id: string, options: LocationOptions, { out }: Terminal): Promise<void> {
  await withWebhooks(options, async (webhooks) => {
    await webhooks.remove(id);
    out.write(`${id} is removed\n`);
  });
}
