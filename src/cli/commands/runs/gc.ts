// `hone runs gc`: deletes for good what was deleted.
import type { Command } from 'commander';
import type { GarbagePreview, GarbageReport } from '../../../app/index.ts';
import { InputError } from '../../../core/index.ts';
import { timeSpan } from '../../arguments.ts';
import { exitStatus } from '../../exit-status.ts';
import { stopAtInterrupt } from '../../interrupt.ts';
import { addLocationOptions, type LocationOptions, locationsOf } from '../../location-options.ts';
import { formatBytes } from '../../table/sizes.ts';
import { shown } from '../../table/text-width.ts';
import type { Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';
import { LiveLine } from '../../train/live-line.ts';
import type { RunWorkflows } from './with-source.ts';

type GcOptions = LocationOptions & {
  readonly olderThan?: number;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

export function defineGc(command: Command, terminal: Terminal): void {
  command
    .description(
      'Deletes for good the runs, experiments and logged models that were deleted, with their artifacts; names are free again.',
    )
    .option('--older-than <time>', 'only what was deleted so long ago: 30d, 12h, 2w', timeSpan)
    .option('--dry-run', 'tell what would go, and change nothing')
    .option('--yes', 'do it: nothing brings it back')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
What a registered model version was made from stays until that version is deleted. May be stopped and started again at any time.

Examples:
  hone runs gc --dry-run
  hone runs gc --older-than 30d --yes`,
    )
    .action((options: GcOptions) => collect(options, terminal));
  addLocationOptions(command);
}

async function collect(options: GcOptions, terminal: Terminal): Promise<void> {
  if (!options.dryRun && !options.yes)
    throw new InputError('Cannot delete for good without --yes; hone runs gc --dry-run tells what would go');
  const { workflows } = await import('../../../app/index.ts');
  const runs = await workflows.runs();
  const scope = options.olderThan === undefined ? {} : { deletedBefore: Date.now() - options.olderThan };
  const stores = await runs.openExistingStores(locationsOf(options));
  try {
    if (options.dryRun) {
      const preview = await runs.previewGarbage(stores, scope);
      if (options.json) terminal.out.write(`${JSON.stringify(preview)}\n`);
      else describePreview(preview, terminal);
    } else await carryOut(runs, { stores, scope, json: options.json === true }, terminal);
  } finally {
    await stores.close();
  }
}

type Collection = {
  readonly stores: Parameters<RunWorkflows['collectGarbage']>[0];
  readonly scope: { readonly deletedBefore?: number };
  readonly json: boolean;
};

async function carryOut(
  runs: RunWorkflows,
  { stores, scope, json }: Collection,
  terminal: Terminal,
): Promise<void> {
  const line = new LiveLine(terminal.err);
  const { signal, release } = stopAtInterrupt();
  const onPurged = (count: number) => {
    if (line.isLive) line.draw(`${formatCount(count)} deleted for good`);
  };
  const report = await runs.collectGarbage(stores, { ...scope, signal, onPurged }).finally(() => {
    release();
    line.clear();
  });
  if (report.failed.length > 0) terminal.exitStatus = exitStatus.failed;
  if (report.isInterrupted) terminal.exitStatus = exitStatus.interrupted;
  if (json) terminal.out.write(`${JSON.stringify(report)}\n`);
  else {
    const models = report.loggedModels === 0 ? '' : `, ${formatCount(report.loggedModels)} logged models`;
    const experiments =
      report.experiments.length === 0 ? '' : `, experiments ${report.experiments.join(', ')}`;
    terminal.out.write(shown(`Deleted for good: ${formatCount(report.runs)} runs${models}${experiments}`));
    terminal.out.write(`${report.isInterrupted ? '; stopped: run it again to go on' : ''}\n`);
    reportKept(report, terminal);
  }
}

function describePreview(preview: GarbagePreview, { out, err }: Terminal): void {
  const { rows, files, bytes, runs, experiments, kept } = preview;
  const counts = Object.entries(rows).filter(([, count]) => count > 0);
  if (counts.length === 0) {
    err.write('Nothing is deleted, or not long enough ago\n');
    return;
  }
  const words: Readonly<Record<string, string>> = {
    loggedModels: 'logged models',
    links: 'inputs and outputs',
  };
  for (const [name, count] of counts)
    out.write(`${(words[name] ?? name).padEnd(20)}${formatCount(count).padStart(12)}\n`);
  out.write(`${'files'.padEnd(20)}${formatCount(files).padStart(12)}  ${formatBytes(bytes)}\n`);
  for (const name of experiments) out.write(`experiment  ${shown(name)}\n`);
  for (const { runId, name } of runs) out.write(`run         ${runId}  ${shown(name)}\n`);
  for (const { what, why } of kept) err.write(`kept: ${shown(what)}: ${shown(why)}\n`);
}

/** Tells what stayed, and why. */
export function reportKept({ kept, left, failed }: GarbageReport, { err }: Terminal): void {
  for (const { what, why } of kept) err.write(`kept: ${shown(what)}: ${shown(why)}\n`);
  for (const uri of left)
    err.write(`left: the files at ${shown(uri)}: others may share them; remove them by hand\n`);
  for (const { uri, reason } of failed)
    err.write(`failed: the files at ${shown(uri)}: ${shown(reason)}; hone runs gc tries again\n`);
}
