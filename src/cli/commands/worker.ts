// `hone worker`: takes jobs from the queue and carries each out in a process of its own.
import { type Command, Option } from 'commander';
import type { JobKind } from '../../app/index.ts';
import { InputError } from '../../core/index.ts';
import { openTracer } from '../../platform/index.ts';
import { positiveInteger } from '../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../location-options.ts';
import { addWorkOptions, beginWork, type WorkRequest } from '../server/begin-work.ts';
import { type LogLevel, logLevels, openLog } from '../server/log.ts';
import { untilStopped } from '../server/until-stopped.ts';
import type { Terminal } from '../terminal.ts';

type WorkerRequest = LocationOptions &
  WorkRequest & {
    readonly artifactRoot?: string;
    readonly kinds?: string;
    readonly grace: number;
    readonly model?: readonly string[];
    readonly models?: string;
    readonly logLevel: LogLevel;
  };

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Carries out the jobs that a server was asked for, each in a process of its own.\nAny number of workers, on any number of machines, may share one PostgreSQL database and object store. Ctrl-C lets jobs stop at a checkpoint and gives them back to the queue.',
    )
    .optionsGroup('Jobs:')
    .option('--kinds <names>', 'kinds of jobs to take, by comma (all)');
  addWorkOptions(command)
    .option('--grace <seconds>', 'time for jobs to get to a checkpoint when it stops', positiveInteger, 30)
    .addOption(
      new Option('--log-level <level>', 'what is logged, as JSON on standard error')
        .choices(logLevels)
        .default('info'),
    )
    .optionsGroup('Models:')
    .option('--model <name=dir>', 'a base model to tune; may be given again', append)
    .option('--models <dir>', 'a directory of base models')
    .optionsGroup('Records:')
    .option('--artifact-root <uri>', 'as the server has it (mlflow-artifacts:/)')
    .addHelpText('after', help)
    .action((options: WorkerRequest) => runWorker(options, terminal));
  addLocationOptions(command);
}

const help = `
Examples:
  hone worker --models ./models --concurrency 2 --memory-limit 8G --time-limit 2h
  hone worker --database postgres://hone@db/hone --artifacts s3://bucket/hone --models /srv/models

Base models must have the names here that they have on the server.`;

async function runWorker(request: WorkerRequest, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { openServices } = await workflows.services();
  const { data, database, artifacts, artifactRoot, model, models: modelsDirectory } = request;
  const options = { data, database, artifacts, artifactRoot, models: model, modelsDirectory };
  const services = await openServices(options);
  try {
    const log = openLog(request.logLevel);
    const tracer = openTracer();
    const choose = (kinds: readonly JobKind[]) => chosen(kinds, request.kinds);
    const worker = await beginWork({ services, options, log, tracer, choose }, request);
    out.write(`Hone takes jobs from ${services.stores.database.description} as ${worker.name}\n`);
    await untilStopped();
    await worker.stop(request.grace * 1000);
    await tracer.close();
  } finally {
    await services.close();
  }
}

function chosen<Kind extends { readonly name: string }>(
  kinds: readonly Kind[],
  names: string | undefined,
): readonly Kind[] {
  if (names === undefined) return kinds;
  return names.split(',').map((name) => {
    const kind = kinds.find((one) => one.name === name.trim());
    if (kind !== undefined) return kind;
    throw new InputError(
      `Cannot take jobs of the kind '${name}': there is none; the kinds are ${kinds.map((one) => one.name).join(', ')}`,
    );
  });
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
