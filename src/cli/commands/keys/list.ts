// `hone keys list`: all API keys, without their secrets.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions, locationsOf } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge, formatTime } from '../../table/times.ts';
import type { Terminal } from '../../terminal.ts';
import { keyRecord, stateOf } from './key-record.ts';

type ListOptions = LocationOptions & { readonly json?: true };

export function defineList(command: Command, terminal: Terminal): void {
  command
    .description('Lists API keys: owner, scopes, whether they are valid, when they were last used.')
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText(
      'after',
      '\nThe secret of key_ABC begins with hone-sk-ABC.\n\nExamples:\n  hone keys list\n  hone keys list --json',
    )
    .action((options: ListOptions) => list(options, terminal));
  addLocationOptions(command);
}

async function list(options: ListOptions, { out, err }: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { openExistingStores } = await workflows.keys();
  const stores = await openExistingStores(locationsOf(options));
  try {
    const keys = await stores.access.list();
    if (options.json) {
      out.write(`${JSON.stringify(keys.map(keyRecord))}\n`);
      return;
    }
    if (keys.length === 0) {
      err.write('There are no keys: servers ask nobody for one, and bind to the loopback alone\n');
      return;
    }
    const { text } = formatTable(
      out,
      [
        { title: 'id' },
        { title: 'name', isFlexible: true },
        { title: 'owner', isFlexible: true },
        { title: 'scopes' },
        { title: 'state' },
        { title: 'expires', isOptional: true },
        { title: 'created', isOptional: true },
        { title: 'used' },
      ],
      keys.map((key) => [
        key.id,
        key.name ?? '',
        key.owner,
        key.scopes.join(','),
        stateOf(key),
        key.expiresAt === undefined ? '' : formatTime(key.expiresAt),
        formatAge(key.createdAt),
        key.lastUsedAt === undefined ? 'never' : formatAge(key.lastUsedAt),
      ]),
    );
    out.write(text);
  } finally {
    await stores.close();
  }
}
