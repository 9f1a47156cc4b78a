// `hone models promote`: moves a version to a stage.
import { type Command, Option } from 'commander';
import { addLocationOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { addChangeOptions, type ChangeOptions, changeOf, withRegistry } from './with-registry.ts';

type PromoteOptions = ChangeOptions & {
  readonly to: string;
  readonly keepOthers?: true;
  readonly strict?: true;
};

export function definePromote(command: Command, terminal: Terminal): void {
  command
    .description('Moves a version to a stage; the versions that are in it are archived.')
    .argument('<name>', 'model')
    .argument('<version>', 'number, x.y.z or @alias')
    .addOption(
      new Option('--to <stage>', 'where to')
        .choices(['production', 'staging', 'archived', 'none'])
        .default('production'),
    )
    .option('--keep-others', 'leave the versions that are in the stage there')
    .option('--strict', "refuse unless the model's tags say what it is for; moves the model's own stage too")
    .addHelpText(
      'after',
      `
Examples:
  hone models promote support 3 --to production --reason "better on held-out tickets"
  hone models promote support @challenger --to staging --by ada`,
    )
    .action((name: string, version: string, options: PromoteOptions) =>
      promote({ name, version }, options, terminal),
    );
  addChangeOptions(command);
  addLocationOptions(command);
}

async function promote(
  { name, version }: { readonly name: string; readonly version: string },
  options: PromoteOptions,
  { out }: Terminal,
): Promise<void> {
  await withRegistry(options, async (workflows, registry) => {
    const to = workflows.stages.find((stage) => stage.toLowerCase() === options.to) ?? 'None';
    const promoted = await workflows.promote(registry, name, {
      version,
      to,
      keepOthers: options.keepOthers === true,
      strict: options.strict === true,
      ...changeOf(options),
    });
    out.write(`Version ${promoted.version} of '${name}' is in ${promoted.stage}\n`);
  });
}
