// `hone server`: tracking and registry for the `mlflow` client and everything else that speaks its HTTP.
import { setFlagsFromString } from 'node:v8';
import { type Command, InvalidArgumentError } from 'commander';
import { addLocationOptions, type LocationOptions } from '../location-options.ts';
import type { Terminal } from '../terminal.ts';

type ServerRequest = LocationOptions & {
  readonly host: string;
  readonly port: number;
  readonly artifactRoot?: string;
  readonly allowedHosts?: string;
  readonly ui?: string;
};

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Serves tracking and registry as MLflow does: experiments, runs, metrics, artifacts, models, traces.\nPoint clients at it by MLFLOW_TRACKING_URI. Ctrl-C lets requests under way end, then stops.',
    )
    .option('--host <address>', 'address to bind to; others than the loopback need API keys', '127.0.0.1')
    .option('--port <number>', 'port; 0 takes a free one', parsePort, 5000)
    .option(
      '--artifact-root <uri>',
      'where new experiments tell clients to put artifacts themselves (mlflow-artifacts:/)',
    )
    .option('--allowed-hosts <names>', 'further names, by comma, under which clients may address this server')
    .option('--ui <path>', "serves MLflow's page too: its built folder, or an installed mlflow package")
    .addHelpText('after', help)
    .action((options: ServerRequest) => runServer(options, terminal));
  addLocationOptions(command);
}

const help = `
Examples:
  hone server
  hone server --port 5001 --data /srv/hone
  hone server --database postgres://hone@db/hone --artifacts s3://bucket/hone
  hone server --ui .venv/lib/python3.12/site-packages/mlflow
  MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python train.py`;

async function runServer(request: ServerRequest, { out }: Terminal): Promise<void> {
  // New objects get 3 MB in place of up to 48: a server makes many that die young. Costs 5 % of its time, saves 20-40 MB.
  setFlagsFromString('--semi-space-growth-factor=1');
  const [{ workflows }, { checkHost, mlflowEndpoints, mlflowFace, openArtifactRoots, openUi, serve }] =
    await Promise.all([import('../../app/index.ts'), import('../../server/index.ts')]);
  const { openStores } = await workflows.stores();
  const { host, port, allowedHosts, ui, ...locations } = request;
  // Before a data directory is made.
  checkHost(host, { asksForKeys: false });
  const endpoints = ui === undefined ? mlflowEndpoints : [...mlflowEndpoints, ...(await openUi(ui))];
  const stores = await openStores(locations);
  try {
    const artifacts = await openArtifactRoots(stores.artifacts, locations.artifactRoot);
    const hosts = allowedHosts === undefined ? {} : { allowedHosts: allowedHosts.split(',') };
    const faces = [mlflowFace({ ...stores, artifacts }, endpoints)];
    const server = await serve({ host, port, faces, ...hosts });
    out.write(`Hone serves ${stores.database.description} at ${server.url}\n`);
    await untilStopped();
    await server.close();
  } finally {
    await stores.close();
  }
}

/** Resolves at the first signal; the second ends the process at once, as a signal does that nobody listens to. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`It is '${text}'; give a number from 0 to 65535.`);
  return port;
}
