// `hone train`: a training run, watched, stopped and resumed from the terminal.
import type { Command } from 'commander';
import type { TrainConfig } from '../../app/index.ts';
import { InputError, InterruptedError, writeFileAtomic } from '../../core/index.ts';
import { exitStatus } from '../exit-status.ts';
import { interruptSignal } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';

type TrainOptions = {
  readonly resume?: true;
  readonly printConfig?: true;
  readonly writeSchema?: true | string;
  readonly quiet?: true;
  readonly json?: true;
};

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Trains a model by SFT or DPO as a YAML file says.')
    .argument('[config]', 'YAML file; may be left out when all settings are given as key=value')
    .argument(
      '[key=value...]',
      'settings that go over those of the file, e.g. learning_rate=5e-6 data.limit=100',
    )
    .option('--resume', 'go on where the run in `output` stopped, to the very bit')
    .option('--print-config', 'print the resolved configuration with all defaults, and train nothing')
    .option(
      '--write-schema [file]',
      'write the JSON Schema of configuration files, for editors; no file: print it',
    )
    .option('--quiet', 'print errors only')
    .option('--json', 'end with one line of JSON: what came of the run')
    .addHelpText('after', help)
    .action((config: string | undefined, settings: readonly string[], options: TrainOptions) =>
      train([...(config === undefined ? [] : [config]), ...settings], options, terminal),
    );
}

const help = `
Paths in the file and on the command line are relative to the current directory.
Ctrl-C saves a checkpoint and stops; --resume goes on from there.
The run is recorded in .hone (HONE_DATA names another place), where 'hone server' shows it; tracking.uri=http://HOST:PORT records
it on an MLflow server, tracking=null not at all. While a tracker is down the record waits on disk; the training goes on.

Examples:
  hone data toy --output runs/toy-data
  hone train examples/toy-sft.yaml
  hone train examples/toy-sft.yaml learning_rate=5e-4 output=runs/toy-sft-2
  hone train examples/toy-sft.yaml --print-config
  hone train --write-schema train.schema.json`;

async function train(words: readonly string[], options: TrainOptions, terminal: Terminal): Promise<void> {
  const { tunedEnvironment, tunedMark, workflows } = await import('../../app/index.ts');
  if (options.writeSchema !== undefined) return writeSchema(options.writeSchema, terminal);
  const tuned = tunedEnvironment();
  if (!options.printConfig && tuned !== undefined && terminal.restart && process.env[tunedMark] !== '1') {
    terminal.exitStatus = await terminal.restart(tuned);
    return;
  }
  const { formatTrainConfig, loadTrainConfig } = await workflows.train();
  const source = sourceOf(words);
  const config = await loadTrainConfig(source);
  if (options.printConfig) terminal.out.write(formatTrainConfig(config));
  else
    await runWatched(
      config,
      { ...options, ...(source.file !== undefined && { file: source.file }) },
      terminal,
    );
}

async function writeSchema(target: true | string, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { trainJsonSchema } = await workflows.train();
  if (target === true) {
    terminal.out.write(trainJsonSchema());
    return;
  }
  await writeFileAtomic(target, trainJsonSchema());
  terminal.out.write(
    `Wrote ${target}. First line of a configuration, for editors: # yaml-language-server: $schema=${target}\n`,
  );
}

/** The first word is the file, unless it is a setting. */
function sourceOf(words: readonly string[]): {
  readonly file?: string;
  readonly overrides: readonly string[];
} {
  const [first, ...rest] = words;
  if (first === undefined)
    throw new InputError(
      'Cannot train: no configuration is given; name a YAML file, or give recipe=... model=... data.train=... output=...',
    );
  if (isSetting(first)) return { overrides: words };
  const second = rest.find((word) => !isSetting(word));
  if (second !== undefined)
    throw new InputError(`Cannot read '${second}' as a setting: settings after '${first}' are key=value`);
  return { file: first, overrides: rest };
}

function isSetting(word: string): boolean {
  return /^(\+{0,2}[\w.@/-]+=|~[\w.@/-]+)/.test(word);
}

async function runWatched(
  config: TrainConfig,
  options: TrainOptions & { readonly file?: string },
  terminal: Terminal,
): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { runTraining } = await workflows.train();
  const { describeEnd, TrainReporter } = await import('../train/reporter.ts');
  const reporter = options.quiet ? undefined : new TrainReporter(terminal, config);
  const { signal, release } = interruptSignal({
    onFirst: () => {
      reporter?.end();
      terminal.err.write('Saving a checkpoint; press Ctrl-C again to stop at once\n');
    },
    exit: () => process.exit(exitStatus.interrupted),
  });
  try {
    const run = await runTraining(config, {
      resume: options.resume === true,
      signal,
      source: options.file === undefined ? 'hone train' : `hone train ${options.file}`,
      ...(reporter && { onEvent: reporter.onEvent }),
    });
    reporter?.end();
    if (!options.quiet) terminal.out.write(describeEnd(terminal, run, config));
    if (options.json) terminal.out.write(`${JSON.stringify(run)}\n`);
  } catch (error) {
    reporter?.end();
    if (error instanceof InterruptedError && !options.quiet)
      terminal.out.write(`Go on with: hone train ${config.output}/config.yaml --resume\n`);
    throw error;
  } finally {
    release();
  }
}
