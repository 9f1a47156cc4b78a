// Starts a worker in this process: options of `hone worker`, and of `hone server`, which works as well unless told not to.
import { type Command, Option } from 'commander';
import type { JobKind, ServiceOptions, Services } from '../../app/index.ts';
import type { Tracer } from '../../platform/index.ts';
import type { Worker, WorkerLog } from '../../worker/index.ts';
import { byteSize, positiveInteger, timeSpan } from '../arguments.ts';
import type { Logger } from './log.ts';

/** As commander hands them over. */
export type WorkRequest = {
  readonly concurrency: number;
  readonly perOwner?: number;
  readonly perGroup: number;
  readonly memoryLimit?: number;
  readonly timeLimit?: number;
  readonly lease: number;
};

/** Adds the options that say how jobs are carried out. */
export function addWorkOptions(command: Command): Command {
  return command
    .option('--concurrency <number>', 'jobs at once', positiveInteger, 1)
    .option('--per-owner <number>', 'jobs of one owner at once, on all workers together', positiveInteger)
    .addOption(
      new Option('--per-group <number>', 'jobs of the DPO service at once, on all workers together')
        .argParser(positiveInteger)
        .env('DPO_MAX_CONCURRENT_JOBS')
        .default(2),
    )
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
    );
}

/** What a worker works with. */
export type Work = {
  readonly services: Services;
  /** With which the services were opened. */
  readonly options: Omit<ServiceOptions, 'serving'>;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** Of all kinds, those to take; all unless given. @throws InputError where it names one that is not there */
  readonly choose?: (kinds: readonly JobKind[]) => readonly JobKind[];
};

/** Starts the worker. */
export async function beginWork(
  { services, options, log, tracer, choose = (kinds) => kinds }: Work,
  request: WorkRequest,
): Promise<Worker> {
  const [{ workflows }, { startWorker }] = await Promise.all([
    import('../../app/index.ts'),
    import('../../worker/index.ts'),
  ]);
  const { fineTuneJobKind } = await workflows.fineTuneWork();
  const { concurrency, perOwner = null, perGroup, memoryLimit = null, timeLimit = null, lease } = request;
  return startWorker({
    jobs: services.stores.jobs,
    kinds: choose([fineTuneJobKind(services, { ...options, concurrency })]),
    dataDirectory: services.data,
    ...{ concurrency, perOwner, perGroup, memoryLimit, timeLimit, leaseMs: lease * 1000 },
    log: workerLog(log),
    tracer,
  });
}

function workerLog(log: Logger): WorkerLog {
  return ({ level, message, ...fields }) => log[level](fields, message);
}
