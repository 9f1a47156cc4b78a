// `hone keys create`: makes an API key and shows its secret once.
import type { Command } from 'commander';
import { timeSpan } from '../../arguments.ts';
import { addLocationOptions, type LocationOptions, locationsOf } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { keyRecord } from './key-record.ts';

type CreateOptions = LocationOptions & {
  readonly owner: string;
  readonly scopes: string;
  readonly name?: string;
  readonly expires?: number;
  readonly json?: true;
};

export function defineCreate(command: Command, terminal: Terminal): void {
  command
    .description('Makes an API key. Its secret is printed this once: Hone keeps only a hash of it.')
    .requiredOption('--owner <name>', 'whose files, jobs and models its bearer sees and makes')
    .requiredOption('--scopes <list>', 'what it is good for, by comma: train, infer, read, admin')
    .option('--name <text>', 'what it is called in lists')
    .option(
      '--expires <time>',
      'how long it is good for: 90d, 12h, 2w; until it is revoked unless given',
      timeSpan,
    )
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
What was made while a server had no keys belongs to the owner 'local': a key of that owner sees it.

Examples:
  hone keys create --owner alice --scopes train,infer
  KEY=$(hone keys create --owner ci --scopes read --expires 90d)`,
    )
    .action((options: CreateOptions) => create(options, terminal));
  addLocationOptions(command);
}

async function create(options: CreateOptions, { out, err }: Terminal): Promise<void> {
  const { owner, name, expires } = options;
  const { workflows } = await import('../../../app/index.ts');
  const { openStores, parseScopes } = await workflows.keys();
  // Before a data directory is made
  const scopes = parseScopes(options.scopes);
  const stores = await openStores(locationsOf(options));
  try {
    const expiresAt = expires === undefined ? undefined : Date.now() + Math.round(expires);
    const { key, secret } = await stores.access.create({ owner, scopes, name, expiresAt });
    if (options.json) {
      out.write(`${JSON.stringify({ ...keyRecord(key), secret: secret.reveal() })}\n`);
      return;
    }
    // The secret alone, so that KEY=$(hone keys create ...) has it
    out.write(`${secret.reveal()}\n`);
    err.write(usage(key.id, secret.reveal()));
  } finally {
    await stores.close();
  }
}

function usage(id: string, secret: string): string {
  return `
This is shown once; keep it where secrets are kept. It is the key ${id}. Use it so:
  OPENAI_BASE_URL=http://127.0.0.1:5000/v1 OPENAI_API_KEY=${secret}
  MLFLOW_TRACKING_URI=http://127.0.0.1:5000 MLFLOW_TRACKING_TOKEN=${secret}
`;
}
