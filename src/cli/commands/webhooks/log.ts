// `hone webhooks log`: what was sent to an endpoint, and what came of it.
import type { Command } from 'commander';
import { positiveInteger } from '../../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge, formatTime } from '../../table/times.ts';
import type { Terminal } from '../../terminal.ts';
import { deliveryRecord } from './records.ts';
import { withWebhooks } from './with-webhooks.ts';

type LogOptions = LocationOptions & { readonly limit: number; readonly json?: true };

export function defineLog(command: Command, terminal: Terminal): void {
  command
    .description('Shows what was sent to an endpoint in the last 30 days, and what came of it.')
    .argument('<endpoint>', 'id')
    .option('-n, --limit <count>', 'events shown, the newest first', positiveInteger, 100)
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText('after', '\nExample:\n  hone webhooks log whe_0VbX6ly03wiglwXrAGUrjyrs')
    .action((id: string, options: LogOptions) => showLog(id, options, terminal));
  addLocationOptions(command);
}

async function showLog(id: string, options: LogOptions, { out, err }: Terminal): Promise<void> {
  await withWebhooks(options, async (webhooks) => {
    const deliveries = await webhooks.deliveries(id, { limit: options.limit });
    if (options.json) {
      out.write(`${JSON.stringify(deliveries.map(deliveryRecord))}\n`);
      return;
    }
    if (deliveries.length === 0) {
      err.write('Nothing was sent to it yet; servers send while they run\n');
      return;
    }
    const { text } = formatTable(
      out,
      [
        { title: 'event', isOptional: true },
        { title: 'type' },
        { title: 'state' },
        { title: 'attempts', align: 'right' },
        { title: 'last', isOptional: true },
        { title: 'next' },
        { title: 'error', isFlexible: true },
      ],
      deliveries.map(({ eventId, type, state, attempts, updatedAt, dueAt, lastError }) => [
        eventId,
        type,
        state,
        String(attempts),
        formatAge(updatedAt),
        dueAt === undefined ? '' : formatTime(dueAt),
        lastError ?? '',
      ]),
    );
    out.write(text);
  });
}
