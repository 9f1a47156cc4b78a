// Options of `hone server`, as commander hands them over.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../location-options.ts';
import { addWorkOptions, type WorkRequest } from './begin-work.ts';
import { type LogLevel, logLevels } from './log.ts';

export type ServerRequest = LocationOptions &
  WorkRequest & {
    readonly worker: boolean;
    readonly host: string;
    readonly port: number;
    readonly artifactRoot?: string;
    readonly allowedHosts?: string;
    readonly allowedOrigins?: string;
    readonly ui?: string;
    readonly tlsCert?: string;
    readonly tlsKey?: string;
    readonly logLevel: LogLevel;
    readonly grace: number;
    readonly model: readonly string[];
    readonly models?: string;
    readonly precision: 'float32' | 'int8';
    readonly slots: number;
    readonly contextLength?: number;
    readonly queueLimit?: number;
    readonly maxModels?: number;
    readonly threads?: number;
    readonly dpo: boolean;
    readonly dpoModel: readonly string[];
  };

/** Adds them in groups, as the help shows them. */
export function addServerOptions(command: Command): Command {
  command
    .optionsGroup('Address:')
    .option('--host <address>', 'address to bind to; others than the loopback need API keys', '127.0.0.1')
    .option('--port <number>', 'port; 0 takes a free one', parsePort, 5000)
    .option('--allowed-hosts <names>', 'further names, by comma, under which clients may address this server')
    .option('--allowed-origins <urls>', 'origins, by comma, whose pages may use this server (none)')
    .option('--tls-cert <file>', 'serves HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'the key of the certificate (PEM)')
    .option('--grace <seconds>', 'time for requests and jobs under way when it stops', positiveInteger, 30)
    .addOption(
      new Option('--log-level <level>', 'what is logged, as JSON on standard error')
        .choices(logLevels)
        .default('info'),
    )
    .optionsGroup('Models:')
    .option('--model <name=dir>', 'a base model to serve and tune; may be given again', append, [])
    .option('--models <dir>', 'a directory of base models')
    .addOption(
      new Option('--precision <type>', 'element type of weights when serving')
        .choices(['float32', 'int8'])
        .default('float32'),
    )
    .option('--slots <number>', 'texts that one model writes at once', positiveInteger, 16)
    .option('--context-length <tokens>', "longest sequence (the model's own, at most 4096)", positiveInteger)
    .option(
      '--queue-limit <number>',
      'requests of one model that may wait; more get 429 (64)',
      positiveInteger,
    )
    .option('--max-models <number>', 'base models in memory at once (4)', positiveInteger)
    .option('--threads <number>', 'threads of the runtime (one for each core)', positiveInteger)
    .optionsGroup('DPO service (DPO_... variables: see README.md):')
    .option('--dpo', 'GET /health answers as the DPO service does', false)
    .option('--dpo-model <name=model>', 'what a base_model stands for; may be given again', append, [])
    .optionsGroup('Tracking:')
    .option(
      '--artifact-root <uri>',
      'where new experiments tell clients to put artifacts themselves (mlflow-artifacts:/)',
    )
    .option('--ui <path>', "serves MLflow's page too: its built folder, or an installed mlflow package")
    .optionsGroup('Jobs:')
    .option('--no-worker', 'leaves jobs to hone worker, here or elsewhere');
  addWorkOptions(command).optionsGroup('Records:');
  return addLocationOptions(command);
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`It is '${text}'; give a number from 0 to 65535.`);
  return port;
}
