// `hone models purge`: deletes for good the models and versions that were deleted.
import type { Command } from 'commander';
import { InputError } from '../../../core/index.ts';
import { timeSpan } from '../../arguments.ts';
import { addLocationOptions } from '../../location-options.ts';
import { shown } from '../../table/text-width.ts';
import type { Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';
import { addChangeOptions, type ChangeOptions, changeOf, withRegistry } from './with-registry.ts';

type PurgeOptions = ChangeOptions & {
  readonly model?: string;
  readonly olderThan?: number;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

export function definePurge(command: Command, terminal: Terminal): void {
  command
    .description('Deletes for good the models and versions that were deleted; the audit stays.')
    .option('--model <name>', 'those of one name alone')
    .option('--older-than <time>', 'only what was deleted so long ago: 30d, 12h, 2w', timeSpan)
    .option('--dry-run', 'tell what would go, and change nothing')
    .option('--yes', 'do it: nothing brings it back')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Files stay with the runs that made them; hone runs gc removes those of deleted runs.

Examples:
  hone models purge --dry-run
  hone models purge --older-than 30d --yes`,
    )
    .action((options: PurgeOptions) => purge(options, terminal));
  addChangeOptions(command);
  addLocationOptions(command);
}

async function purge(options: PurgeOptions, { out, err }: Terminal): Promise<void> {
  const { model, olderThan, dryRun = false } = options;
  if (!dryRun && !options.yes)
    throw new InputError(
      'Cannot delete for good without --yes; hone models purge --dry-run tells what would go',
    );
  await withRegistry(options, async (workflows, registry) => {
    const report = await registry.purge({
      dryRun,
      ...(model !== undefined && { model }),
      ...(olderThan !== undefined && { deletedBefore: Date.now() - olderThan }),
      ...workflows.signed(changeOf(options)),
    });
    if (options.json) {
      out.write(`${JSON.stringify({ dryRun, ...report })}\n`);
      return;
    }
    if (report.rows === 0) {
      err.write('Nothing is deleted, or not long enough ago\n');
      return;
    }
    for (const { name } of report.models) out.write(`model    ${shown(name)}\n`);
    for (const { name, version } of report.versions) out.write(`version  ${shown(name)}/${version}\n`);
    out.write(`${dryRun ? 'Would delete' : 'Deleted'} ${formatCount(report.rows)} rows for good\n`);
  });
}
