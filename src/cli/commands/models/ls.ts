// `hone models ls`: registered models with what is in use of each.
import type { Command } from 'commander';
import { positiveInteger } from '../../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge } from '../../table/times.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { modelRecord } from './records.ts';
import { withRegistry } from './with-registry.ts';

type ListOptions = LocationOptions & {
  readonly filter?: string;
  readonly limit: number;
  readonly json?: true;
};

export function defineList(command: Command, terminal: Terminal): void {
  command
    .description('Lists registered models: newest version, versions in production and staging, aliases.')
    .option('--filter <text>', 'which models: "name LIKE \'support%\'" or "tags.team = \'a\'"')
    .option('-n, --limit <count>', 'models listed', positiveInteger, 100)
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone models ls
  hone models ls --filter "name ILIKE '%support%'" --json`,
    )
    .action((options: ListOptions) => list(options, terminal));
  addLocationOptions(command);
}

async function list(options: ListOptions, { out, err }: Terminal): Promise<void> {
  const { filter, limit } = options;
  await withRegistry(options, async (workflows, registry) => {
    const { models, hasMore } = await workflows.listModels(registry, { filter, limit });
    if (options.json) {
      out.write(`${JSON.stringify(models.map(modelRecord))}\n`);
      return;
    }
    if (models.length === 0) {
      err.write(
        filter === undefined
          ? "No models are registered; mlflow.register_model('runs:/RUN/model', 'NAME') against hone server registers one\n"
          : 'No model fits the filter; try without --filter\n',
      );
      return;
    }
    const inStage = (model: (typeof models)[number], stage: string) =>
      model.latestVersions.find((version) => version.stage === stage)?.version.toString() ?? '';
    const { text } = formatTable(
      out,
      [
        { title: 'name', isFlexible: true },
        { title: 'newest', align: 'right' },
        { title: 'production', align: 'right' },
        { title: 'staging', align: 'right' },
        { title: 'aliases', isFlexible: true },
        { title: 'changed', isOptional: true },
      ],
      models.map((model) => [
        model.name,
        String(Math.max(0, ...model.latestVersions.map(({ version }) => version)) || '-'),
        inStage(model, 'Production'),
        inStage(model, 'Staging'),
        model.aliases.map(({ alias, version }) => `${alias}=${version}`).join(' '),
        formatAge(model.updatedAt),
      ]),
    );
    out.write(text);
    if (hasMore) err.write(`${paint(err, 'dim', `More than ${limit} models: --limit shows more`)}\n`);
  });
}
