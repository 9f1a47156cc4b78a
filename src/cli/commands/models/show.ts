// `hone models show`: a model with its versions, or one version in full.
import type { Command } from 'commander';
import type { ModelDetails, ModelVersion } from '../../../app/index.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { shown } from '../../table/text-width.ts';
import { formatAge, formatTime } from '../../table/times.ts';
import { type Output, paint, type Terminal } from '../../terminal.ts';
import { auditLine } from './audit-text.ts';
import { auditRecord, modelRecord, versionRecord } from './records.ts';
import { withRegistry } from './with-registry.ts';

type ShowOptions = LocationOptions & { readonly json?: true };

export function defineShow(command: Command, terminal: Terminal): void {
  command
    .description(
      'Shows a model with its versions, aliases, stages and the last changes, or one version in full.',
    )
    .argument('<model>', 'NAME, NAME/3, NAME/1.2.0 or NAME@alias')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone models show support
  hone models show support@champion
  hone models show support/3 --json`,
    )
    .action((reference: string, options: ShowOptions) => show(reference, options, terminal));
  addLocationOptions(command);
}

async function show(reference: string, options: ShowOptions, { out }: Terminal): Promise<void> {
  await withRegistry(options, async (workflows, registry) => {
    const details = await workflows.showModel(registry, reference);
    const { model, version, versions, allowed, audit } = details;
    if (options.json && version !== undefined)
      out.write(`${JSON.stringify({ ...versionRecord(version), allowed })}\n`);
    else if (options.json)
      out.write(
        `${JSON.stringify({ ...modelRecord(model), versions: versions.map(versionRecord), audit: audit.map(auditRecord) })}\n`,
      );
    else if (version !== undefined) describeVersion(out, version, allowed);
    else describeModel(out, details);
  });
}

function describeModel(out: Output, { model, versions, audit }: ModelDetails): void {
  out.write(`${paint(out, 'bold', shown(model.name))}\n`);
  if (model.description) out.write(`${shown(model.description)}\n`);
  const current = model.currentVersion === undefined ? '' : `, current version ${model.currentVersion}`;
  out.write(fact('stage', `${model.stage}${current}`));
  out.write(fact('created', `${formatTime(model.createdAt)} UTC (${formatAge(model.createdAt)})`));
  for (const { alias, version } of model.aliases) out.write(fact(`@${alias}`, `version ${version}`));
  for (const { key, value } of model.tags) out.write(fact(key, value));
  if (versions.length > 0) {
    out.write('\n');
    out.write(versionTable(out, versions.toReversed()));
  }
  out.write(`\n${paint(out, 'bold', 'Last changes')} (UTC)\n`);
  for (const entry of audit) out.write(`  ${auditLine(entry)}\n`);
}

function versionTable(out: Output, versions: readonly ModelVersion[]): string {
  return formatTable(
    out,
    [
      { title: 'version', align: 'right' },
      { title: 'x.y.z' },
      { title: 'stage' },
      { title: 'lifecycle' },
      { title: 'aliases', isFlexible: true },
      { title: 'created' },
      { title: 'run', isOptional: true },
      { title: 'source', isFlexible: true, isOptional: true },
    ],
    versions.map((version) => [
      String(version.version),
      version.semanticVersion ?? '',
      version.stage,
      version.lifecycle,
      version.aliases.join(' '),
      formatAge(version.createdAt),
      version.runId?.slice(0, 8) ?? '',
      version.source,
    ]),
  ).text;
}

function describeVersion(out: Output, version: ModelVersion, allowed: readonly string[]): void {
  out.write(`${paint(out, 'bold', shown(`${version.name}, version ${version.version}`))}\n`);
  if (version.description) out.write(`${shown(version.description)}\n`);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['x.y.z', version.semanticVersion],
    ['stage', version.stage],
    ['lifecycle', `${version.lifecycle}; may: ${allowed.join(', ') || 'nothing'}`],
    ['status', `${version.status}${version.statusMessage ? `: ${version.statusMessage}` : ''}`],
    ['aliases', version.aliases.join(' ') || undefined],
    ['created', `${formatTime(version.createdAt)} UTC (${formatAge(version.createdAt)})`],
    ['run', version.runId],
    ['model', version.loggedModelId],
    ['source', version.source],
    ['files', version.storageLocation],
  ];
  for (const [name, value] of facts) if (value) out.write(fact(name, value));
  for (const { key, value } of version.tags) out.write(fact(key, value));
}

function fact(name: string, value: string): string {
  return `${shown(name).padEnd(12)} ${shown(value)}\n`;
}
