// `hone train`: a training run, watched, stopped and resumed from the terminal.
import type { Command } from 'commander';
import type { ReferenceSource, TrainConfig, TrainingControl, TrainingRun } from '../../app/index.ts';
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
  readonly configPath?: string;
  readonly configName?: string;
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
    .option('--config-path <dir>', "directory of a configuration tree of the reference DPO trainer's shape")
    .option('--config-name <name>', "its primary file; of Hone's own tree: config, service (default: config)")
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

The reference DPO trainer's command line is taken as it is, told by loss=, datasets= or exp_name=; its configuration tree is part of Hone:
  hone train model=llama7b datasets=[hh] loss=sft exp_name=sft
  hone train model=llama7b datasets=[hh] loss=dpo loss.beta=0.1 exp_name=dpo model.archive=.cache/ME/sft_DATE/LATEST
Data sets hh, shp, se lie in datasets_dir=DIR (or the Hugging Face cache), novalto in dataset_path=FILE; models in a directory, HONE_MODELS
or that cache. Nothing is fetched.

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
  const { formatTrainConfig, isReferenceCommand, loadTrainConfig } = await workflows.train();
  const { configPath, configName } = options;
  const source = sourceOf(words, configPath !== undefined || configName !== undefined);
  if (configPath !== undefined || configName !== undefined || isReference(source, isReferenceCommand))
    return trainReference(
      { ...(configPath && { configPath }), ...(configName && { configName }), overrides: source.overrides },
      options,
      terminal,
    );
  const config = await loadTrainConfig(source);
  if (options.printConfig) terminal.out.write(formatTrainConfig(config));
  else
    await runWatched(
      { config, begin: async (control) => (await workflows.train()).runTraining(config, control) },
      { ...options, ...(source.file !== undefined && { file: source.file }) },
      terminal,
    );
}

type Source = { readonly file?: string; readonly overrides: readonly string[] };

function isReference(
  { file, overrides }: Source,
  isCommand: (settings: readonly string[]) => boolean,
): boolean {
  return file === undefined && isCommand(overrides);
}

/** The reference DPO trainer's command line. */
async function trainReference(
  source: ReferenceSource,
  options: TrainOptions,
  terminal: Terminal,
): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { formatReferenceConfig, loadReferenceConfig, prepareReferenceRun, runReferenceTraining } =
    await workflows.train();
  const reference = await loadReferenceConfig(source);
  if (options.printConfig) {
    terminal.out.write(formatReferenceConfig(reference));
    return;
  }
  if (options.resume)
    throw new InputError(
      "Cannot resume by the reference trainer's command line: each run has a directory of its own; go on with hone train DIRECTORY/train.yaml --resume",
    );
  const prepared = await prepareReferenceRun(reference);
  const { config } = prepared;
  const begin = (control: TrainingControl) => runReferenceTraining(prepared, control);
  await runWatched({ config, begin, configFile: 'train.yaml' }, options, terminal);
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
function sourceOf(words: readonly string[], onlySettings: boolean): Source {
  const [first, ...rest] = words;
  if (first === undefined && onlySettings) return { overrides: [] };
  if (first === undefined)
    throw new InputError(
      'Cannot train: no configuration is given; name a YAML file, or give recipe=... model=... data.train=... output=...',
    );
  if (isSetting(first)) return { overrides: words };
  if (onlySettings)
    throw new InputError(
      `Cannot read '${first}' as a setting: beside --config-path and --config-name all are key=value`,
    );
  const second = rest.find((word) => !isSetting(word));
  if (second !== undefined)
    throw new InputError(`Cannot read '${second}' as a setting: settings after '${first}' are key=value`);
  return { file: first, overrides: rest };
}

function isSetting(word: string): boolean {
  return /^(\+{0,2}[\w.@/-]+=|~[\w.@/-]+)/.test(word);
}

/** A run and how it is begun. */
type Watched = {
  readonly config: TrainConfig;
  readonly begin: (control: TrainingControl) => Promise<TrainingRun>;
  /** Where the configuration to resume with is. */
  readonly configFile?: string;
};

async function runWatched(
  { config, begin, configFile = 'config.yaml' }: Watched,
  options: TrainOptions & { readonly file?: string },
  terminal: Terminal,
): Promise<void> {
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
    const run = await begin({
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
    if (error instanceof InterruptedError && !options.quiet && config.checkpoint_every !== 'never')
      terminal.out.write(`Go on with: hone train ${config.output}/${configFile} --resume\n`);
    throw error;
  } finally {
    release();
  }
}
