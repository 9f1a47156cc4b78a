// `hone models archive`, `delete` and `restore`.
import type { Command } from 'commander';
import { positiveInteger } from '../../arguments.ts';
import { addLocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import {
  addChangeOptions,
  type ChangeOptions,
  changeOf,
  type ModelWorkflows,
  withRegistry,
} from './with-registry.ts';

export function defineArchive(command: Command, terminal: Terminal): void {
  defineChange(command, terminal, {
    verb: 'archive',
    done: 'archived',
    description: 'Takes a version, or the model as a whole, out of use.',
    change: (workflows) => workflows.archive,
  });
}

export function defineDelete(command: Command, terminal: Terminal): void {
  defineChange(command, terminal, {
    verb: 'delete',
    done: 'deleted; hone models restore brings it back',
    description:
      'Deletes a version, or the model with all of its versions; until hone models purge it can be restored.',
    change: (workflows) => workflows.deleteModel,
  });
}

export function defineRestore(command: Command, terminal: Terminal): void {
  command
    .description('Restores a deleted version, or the model that was deleted last under a name.')
    .argument('<name>', 'model')
    .argument('[version]', 'number; the model unless given', positiveInteger)
    .addHelpText('after', '\nExamples:\n  hone models restore support\n  hone models restore support 3')
    .action(async (name: string, version: number | undefined, options: ChangeOptions) => {
      await withRegistry(options, async (workflows, registry) => {
        await workflows.restoreModel(registry, name, { version, ...changeOf(options) });
        terminal.out.write(`${subject(name, version)} is restored\n`);
      });
    });
  addLocationOptions(addChangeOptions(command));
}

type Change = {
  readonly verb: string;
  readonly done: string;
  readonly description: string;
  readonly change: (workflows: ModelWorkflows) => ModelWorkflows['archive'];
};

function defineChange(
  command: Command,
  terminal: Terminal,
  { verb, done, description, change }: Change,
): void {
  command
    .description(description)
    .argument('<name>', 'model')
    .argument('[version]', 'number, x.y.z or @alias; the model as a whole unless given')
    .addHelpText(
      'after',
      `\nExamples:\n  hone models ${verb} support 3\n  hone models ${verb} support --reason "replaced"`,
    )
    .action(async (name: string, version: string | undefined, options: ChangeOptions) => {
      await withRegistry(options, async (workflows, registry) => {
        await change(workflows)(registry, name, { version, ...changeOf(options) });
        terminal.out.write(`${subject(name, version)} is ${done}\n`);
      });
    });
  addLocationOptions(addChangeOptions(command));
}

function subject(name: string, version: string | number | undefined): string {
  return version === undefined ? `Model '${name}'` : `Version ${version} of '${name}'`;
}
