// Fine-tuning as a worker takes it: which program does it, what that is told, what follows when a job has ended.
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { localDirectory } from '../../artifact-place.ts';
import { dataDirectory } from '../../data-directory.ts';
import type { JobKind } from '../../job-process/index.ts';
import type { ServiceOptions } from '../../services.ts';
import { finishFineTune } from './ended.ts';
import { fineTuneKind } from './kind.ts';
import type { FineTuneServices } from './services.ts';
import { fineTuneSchema } from './spec.ts';

/** What the program is told. */
export type ProgramSettings = {
  readonly services: ServiceOptions;
  /** For the environment, once the process is there. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly mirrors: boolean;
};

/** How the services were opened, and how many jobs share this machine. */
export type FineTuneKindOptions = Omit<ServiceOptions, 'serving'> & {
  /** Jobs at once: each gets its part of the cores. @default 1 */
  readonly concurrency?: number;
};

/** The kind for a worker. `options` must be those with which `services` were opened: each job's process opens its own. */
export function fineTuneJobKind(
  services: FineTuneServices,
  { concurrency = 1, ...options }: FineTuneKindOptions,
): JobKind {
  const settings: ProgramSettings = {
    services: absolute(options),
    secrets: storeSecrets(),
    threads: Math.max(1, Math.floor(availableParallelism() / concurrency)),
    mirrors: isElsewhere(options),
  };
  return {
    name: fineTuneKind,
    program: new URL(`./program.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
    settings: JSON.parse(JSON.stringify(settings)),
    timeLimitOf: ({ spec }) => {
      const { timeLimitSeconds } = fineTuneSchema.parse(spec);
      return timeLimitSeconds === null ? null : timeLimitSeconds * 1000;
    },
    ended: (job, directory) => finishFineTune(services, { job, directory }),
  };
}

/** The same places from any working directory. */
function absolute({
  data,
  database,
  artifacts,
  models,
  modelsDirectory,
  ...rest
}: ServiceOptions): ServiceOptions {
  const path = (place: string) => (localDirectory(place) === place ? resolve(place) : place);
  const sqlite = database?.startsWith('sqlite:') === true;
  return {
    ...rest,
    data: resolve(dataDirectory(data)),
    database: sqlite ? `sqlite:${resolve(database.slice('sqlite:'.length))}` : database,
    artifacts: artifacts === undefined ? undefined : path(artifacts),
    modelsDirectory: modelsDirectory === undefined ? undefined : resolve(modelsDirectory),
    ...(models !== undefined && { models: models.map(absoluteModel) }),
  };
}

/** `NAME=DIRECTORY` or a directory. */
function absoluteModel(option: string): string {
  const [, name, directory] = /^([^=]+)=(.+)$/.exec(option) ?? [];
  return directory === undefined ? resolve(option) : `${name}=${resolve(directory)}`;
}

/** Whether the store is in another place than the data directory, so that other machines may reach it. */
function isElsewhere({ data, artifacts }: Pick<ServiceOptions, 'data' | 'artifacts'>): boolean {
  if (artifacts === undefined) return false;
  const directory = localDirectory(artifacts);
  if (directory === undefined) return true;
  return relative(resolve(dataDirectory(data)), resolve(directory)).startsWith('..');
}

/** Variables by which databases and object stores are reached. */
const storeVariables =
  /^(AWS_|AZURE_STORAGE_|PG[A-Z]+$|GOOGLE_APPLICATION_CREDENTIALS$|STORAGE_EMULATOR_HOST$|MLFLOW_S3_ENDPOINT_URL$)/;

function storeSecrets(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && storeVariables.test(name) ? [[name, value]] : [],
  );
  return Object.fromEntries(entries);
}
