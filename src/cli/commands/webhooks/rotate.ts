// `hone webhooks rotate`: gives an endpoint another secret.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { withWebhooks } from './with-webhooks.ts';

type RotateOptions = LocationOptions & { readonly keepPrevious?: true };

export function defineRotate(command: Command, terminal: Terminal): void {
  command
    .description('Gives an endpoint another secret, which is printed this once.')
    .argument('<endpoint>', 'id')
    .option('--keep-previous', 'sign with both for a day, so that the receiver can change over')
    .addHelpText('after', '\nExample:\n  hone webhooks rotate whe_0VbX6ly03wiglwXrAGUrjyrs --keep-previous')
    .action((id: string, options: RotateOptions) => rotate(id, options, terminal));
  addLocationOptions(command);
}

async function rotate(id: string, options: RotateOptions, { out }: Terminal): Promise<void> {
  const { keepPrevious = false } = options;
  await withWebhooks(options, async (webhooks) => {
    const { secret } = await webhooks.rotate(id, { keepPrevious });
    out.write(`${secret.reveal()}\n`);
  });
}
