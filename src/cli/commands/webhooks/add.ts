// `hone webhooks add`: adds an endpoint and shows its secret once.
import type { Command } from 'commander';
import { addLocationOptions, type LocationOptions, locationsOf } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { endpointRecord } from './records.ts';

type AddOptions = LocationOptions & {
  readonly owner: string;
  readonly events?: string;
  readonly insecureHttp?: true;
  readonly json?: true;
};

export function defineAdd(command: Command, terminal: Terminal): void {
  command
    .description(
      'Adds an endpoint. Its secret, by which the receiver checks signatures, is printed this once.',
    )
    .argument('<url>', 'https://HOST/PATH; http for this machine alone')
    .option('--owner <name>', "whose events are sent; local is everybody's on a server without keys", 'local')
    .option(
      '--events <types>',
      'which, by comma: fine_tuning.job.succeeded, fine_tuning.job.failed, fine_tuning.job.cancelled (all)',
    )
    .option('--insecure-http', 'send by http to other machines too: anybody on the way reads along')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone webhooks add https://example.org/hooks
  hone webhooks add https://example.org/hooks --owner alice --events fine_tuning.job.failed`,
    )
    .action((url: string, options: AddOptions) => add(url, options, terminal));
  addLocationOptions(command);
}

async function add(url: string, options: AddOptions, { out, err }: Terminal): Promise<void> {
  const { owner, events, insecureHttp = false } = options;
  const { workflows } = await import('../../../app/index.ts');
  const { eventTypes, openStores, parseEventTypes } = await workflows.webhooks();
  const wanted = events === undefined ? eventTypes : parseEventTypes(events);
  const stores = await openStores(locationsOf(options));
  try {
    const { endpoint, secret } = await stores.webhooks.add({ owner, url, eventTypes: wanted, insecureHttp });
    if (options.json) {
      out.write(`${JSON.stringify({ ...endpointRecord(endpoint), secret: secret.reveal() })}\n`);
      return;
    }
    out.write(`${secret.reveal()}\n`);
    err.write(`
This is shown once; the receiver has it as OPENAI_WEBHOOK_SECRET. It is the endpoint ${endpoint.id}.
`);
  } finally {
    await stores.close();
  }
}
