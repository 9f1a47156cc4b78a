// `hone keys revoke`: makes an API key useless.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions, locationsOf } from '../../location-options.ts';
import { shown } from '../../table/text-width.ts';
import type { Terminal } from '../../terminal.ts';

export function defineRevoke(command: Command, terminal: Terminal): void {
  command
    .description('Makes an API key useless, within 2 s on every server. Nothing brings it back.')
    .argument('<key>', 'id, or what the secret begins with')
    .addHelpText('after', '\nExample:\n  hone keys revoke key_4fJk20sLpQx')
    .action((key: string, options: LocationOptions) => revoke(key, options, terminal));
  addLocationOptions(command);
}

async function revoke(name: string, options: LocationOptions, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { openExistingStores } = await workflows.keys();
  const stores = await openExistingStores(locationsOf(options));
  try {
    const key = await stores.access.revoke(name);
    out.write(`${key.id} of '${shown(key.owner)}' is revoked\n`);
  } finally {
    await stores.close();
  }
}
