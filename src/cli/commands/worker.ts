// `hone worker`: takes jobs from the queue and carries each out in a process of its own.
import { type Command, Option } from 'commander';
import { InputError } from '../../core/index.ts';
import { byteSize, positiveInteger, timeSpan } from '../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../location-options.ts';
import { type Logger, type LogLevel, logLevels, openLog } from '../server/log.ts';
import { untilStopped } from '../server/until-stopped.ts';
import type { Terminal } from '../terminal.ts';

type WorkerRequest = LocationOptions & {
  readonly artifactRoot?: string;
  readonly concurrency: number;
  readonly kinds?: string;
  readonly perOwner?: number;
  readonly memoryLimit?: number;
  readonly timeLimit?: number;
  readonly lease: number;
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
    .option('--concurrency <number>', 'jobs at once', positiveInteger, 1)
    .option('--kinds <names>', 'kinds of jobs to take, by comma (all)')
    .option('--per-owner <number>', 'jobs of one owner at once, on all workers together', positiveInteger)
    .option(
      '--memory-limit <size>',
      "memory of each job's process, such as 8G; one that takes more fails",
      byteSize,
    )
    .option(
      '--time-limit <duration>',
      'time of each start of a job, such as 2h; one that takes longer fails',
      timeSpan,
    )
    .option(
      '--lease <seconds>',
      'time after which the jobs of a worker that died are taken over',
      positiveInteger,
      30,
    )
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
  const [{ workflows }, { startWorker }] = await Promise.all([
    import('../../app/index.ts'),
    import('../../worker/index.ts'),
  ]);
  const [{ openServices }, { fineTuneJobKind }] = await Promise.all([
    workflows.services(),
    workflows.finetune(),
  ]);
  const { data, database, artifacts, artifactRoot, model, models: modelsDirectory, concurrency } = request;
  const options = {
    data,
    database,
    artifacts,
    artifactRoot,
    ...(model && { models: model }),
    modelsDirectory,
  };
  const services = await openServices(options);
  try {
    const kinds = chosen([fineTuneJobKind(services, { ...options, concurrency })], request.kinds);
    const worker = startWorker({
      jobs: services.stores.jobs,
      kinds,
      dataDirectory: services.data,
      ...{ concurrency, leaseMs: request.lease * 1000, log: workerLog(openLog(request.logLevel)) },
      ...{ perOwner: request.perOwner ?? null, memoryLimit: request.memoryLimit ?? null },
      timeLimit: request.timeLimit ?? null,
    });
    out.write(`Hone takes jobs from ${services.stores.database.description} as ${worker.name}\n`);
    await untilStopped();
    await worker.stop(request.grace * 1000);
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

function workerLog(log: Logger) {
  return ({
    level,
    message,
    ...fields
  }: {
    readonly level: 'info' | 'warn' | 'error';
    readonly message: string;
  }) => log[level](fields, message);
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
