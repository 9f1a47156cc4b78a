// `hone webhooks list`: all endpoints, without their secrets.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge } from '../../table/times.ts';
import type { Terminal } from '../../terminal.ts';
import { endpointRecord } from './records.ts';
import { withWebhooks } from './with-webhooks.ts';

type ListOptions = LocationOptions & { readonly owner?: string; readonly json?: true };

export function defineList(command: Command, terminal: Terminal): void {
  command
    .description('Lists endpoints: whose events go where.')
    .option('--owner <name>', 'those of one owner alone')
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText('after', '\nExamples:\n  hone webhooks list\n  hone webhooks list --owner alice --json')
    .action((options: ListOptions) => list(options, terminal));
  addLocationOptions(command);
}

async function list(options: ListOptions, { out, err }: Terminal): Promise<void> {
  const { owner } = options;
  await withWebhooks(options, async (webhooks) => {
    const endpoints = await webhooks.list({ owner });
    if (options.json) {
      out.write(`${JSON.stringify(endpoints.map(endpointRecord))}\n`);
      return;
    }
    if (endpoints.length === 0) {
      err.write('There are no endpoints; hone webhooks add https://HOST/PATH adds one\n');
      return;
    }
    const { text } = formatTable(
      out,
      [
        { title: 'id' },
        { title: 'owner', isFlexible: true },
        { title: 'url', isFlexible: true },
        { title: 'events', isFlexible: true },
        { title: 'created', isOptional: true },
      ],
      endpoints.map(({ id, owner: whose, url, eventTypes, createdAt }) => [
        id,
        whose,
        url,
        eventTypes.join(','),
        formatAge(createdAt),
      ]),
    );
    out.write(text);
  });
}
