// `hone server`: the whole service - tracking and registry for MLflow's clients, fine-tuning and chat for OpenAI's.
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { Services } from '../../app/index.ts';
import { fileError, InputError } from '../../core/index.ts';
import { openTracer } from '../../platform/index.ts';
import type { RequestLog, Tls } from '../../server/index.ts';
import type { Worker } from '../../worker/index.ts';
import { beginWork } from '../server/begin-work.ts';
import type { Logger } from '../server/log.ts';
import { addServerOptions, type ServerRequest } from '../server/server-options.ts';
import { untilStopped } from '../server/until-stopped.ts';
import type { Terminal } from '../terminal.ts';
import { readVersion } from '../version.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Serves fine-tuning and chat as the OpenAI API does, tracking and registry as MLflow does.\nPoint clients at it by OPENAI_BASE_URL (with /v1) and MLFLOW_TRACKING_URI. Ctrl-C lets what is under way end, then stops.',
    )
    .addHelpText('after', help)
    .action((options: ServerRequest) => runServer(options, terminal));
  addServerOptions(command);
}

const help = `
Examples:
  hone server --models ./models
  hone server --model small=./my-model --port 5001 --data /srv/hone
  hone server --database postgres://hone@db/hone --artifacts s3://bucket/hone
  hone server --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem     (after hone keys create)
  hone server --ui .venv/lib/python3.12/site-packages/mlflow
  OPENAI_BASE_URL=http://127.0.0.1:5000/v1 OPENAI_API_KEY=none node my-app.js
  MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python train.py`;

async function runServer(request: ServerRequest, { out }: Terminal): Promise<void> {
  // New objects get 3 MB in place of up to 48: a server makes many that die young. Costs 5 % of its time, saves 20-40 MB.
  setFlagsFromString('--semi-space-growth-factor=1');
  const [{ workflows }, server, { openLog }] = await Promise.all([
    import('../../app/index.ts'),
    import('../../server/index.ts'),
    import('../server/log.ts'),
  ]);
  const tls = await readTls(request);
  const dpo = server.readDpoConfig(process.env, { asService: request.dpo, models: request.dpoModel });
  const pages = request.ui === undefined ? [] : await server.openUi(request.ui);
  const log = openLog(request.logLevel);
  const tracer = openTracer();
  let services: Services | undefined;
  const metrics = server.metricsOf(() => services);
  const { host, model, models: modelsDirectory, data, database, artifacts, artifactRoot } = request;
  const options = { data, database, artifacts, artifactRoot, models: model, modelsDirectory };
  const { openServices, hasRecords } = await workflows.services();
  // Where nothing was recorded yet there is no key: refused before a data directory is made.
  if (!(await hasRecords(options))) server.checkHost(host, { asksForKeys: false });
  services = await openServices({
    ...options,
    serving: { ...request, onFinish: metrics.observeText },
  });
  let worker: Worker | undefined;
  try {
    const service = await server.startService(
      { services, metrics },
      {
        ...{ host, port: request.port, version: readVersion(), pages, artifactRoot },
        ...(request.allowedHosts !== undefined && { allowedHosts: request.allowedHosts.split(',') }),
        ...(request.allowedOrigins !== undefined && { allowedOrigins: request.allowedOrigins.split(',') }),
        ...(tls && { tls }),
        dpo,
        log: requestLog(log),
        tracer,
        onFault: (task, error) => log.error({ task, error: describe(error) }, `${task} failed`),
      },
    );
    if (request.worker) worker = await beginWork({ services, options, log, tracer }, request);
    out.write(`Hone serves ${services.stores.database.description} at ${service.url}\n`);
    await untilStopped();
    const graceMs = request.grace * 1000;
    await Promise.all([service.close(graceMs), worker?.stop(graceMs)]);
    await tracer.close();
  } finally {
    await services.close();
  }
}

async function readTls({ tlsCert, tlsKey }: ServerRequest): Promise<Tls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new InputError('Cannot serve HTTPS: --tls-cert and --tls-key go together; give both');
  const [cert, key] = await Promise.all([readPem(tlsCert), readPem(tlsKey)]);
  return { cert, key };
}

async function readPem(path: string): Promise<Buffer> {
  return await readFile(path).catch((error: unknown) => {
    throw fileError(`Cannot read '${path}'`, error);
  });
}

function requestLog(log: Logger): RequestLog {
  return ({ level, ...entry }) => log[level](entry, `${entry.method} ${entry.path} ${entry.status}`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
