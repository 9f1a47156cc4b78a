// `hone import mlflow`: experiments, runs, models and files of an MLflow server or an mlruns folder.
import type { Command } from 'commander';
import type { ImportCounts, ImportReport } from '../../../app/index.ts';
import { writeFileAtomic } from '../../../core/index.ts';
import { exitStatus } from '../../exit-status.ts';
import { interruptSignal } from '../../interrupt.ts';
import { withEnvironment } from '../../location-options.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';
import { LiveLine } from '../../train/live-line.ts';

type MlflowOptions = {
  readonly from: string;
  readonly data?: string;
  readonly database?: string;
  readonly experiment?: readonly string[];
  readonly artifacts?: boolean;
  readonly dryRun?: true;
  readonly report?: string;
};

/** Problems that are printed; the report has more. */
const printed = 20;

export function defineMlflow(command: Command, terminal: Terminal): void {
  command
    .description(
      'Brings experiments, runs with all their values, logged models, the registry and files over, each as it was.\nStopped or repeated, it goes on: what came over and did not change since is skipped.',
    )
    .requiredOption('--from <place>', 'URL of a server (credentials: MLFLOW_TRACKING_*), or an mlruns folder')
    .option('--data <dir>', 'data directory, made if it is not there (HONE_DATA, or .hone)')
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://USER@HOST/NAME (HONE_DATABASE, or tracking.db in the data directory)',
    )
    .option('--experiment <name...>', 'only these experiments; registered models stay out')
    .option('--artifacts', 'copy files, too (the default for a folder)')
    .option('--no-artifacts', 'leave files where they are (the default for a server)')
    .option('--dry-run', 'count what there is and tell what would not fit; write nothing')
    .option('--report <file>', 'write counts, ids and everything that did not fit as JSON')
    .addHelpText('after', help)
    .action((options: MlflowOptions) => importMlflow(options, terminal));
}

const help = `
Runs and logged models keep their ids, versions their numbers, stages and aliases; experiments keep their names and get new ids
('Default' joins experiment 0). Traces, evaluation datasets and webhooks do not come over; nor does what a server does not tell:
deleted logged models and versions. Where something changed at the source since the last import, the source wins.
Exit status: 0 all came over; 1 something did not fit, and is listed; 2 wrong input; 3 stopped, the same command goes on.

Examples:
  hone import mlflow --from mlruns/ --dry-run
  hone import mlflow --from mlruns/ --data /srv/hone
  hone import mlflow --from http://127.0.0.1:5000 --artifacts --report import.json
  MLFLOW_TRACKING_TOKEN=... hone import mlflow --from https://mlflow.example --experiment churn fraud`;

async function importMlflow(options: MlflowOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { importHistory, describeProblem } = await workflows.importHistory();
  const line = new LiveLine(terminal.err);
  const { signal, release } = interruptSignal({
    onFirst: () => line.print('Stopping; Ctrl-C again ends at once'),
    exit: () => process.exit(exitStatus.interrupted),
  });
  const { from, experiment: experiments, artifacts, dryRun } = options;
  // Here --artifacts says whether, not where
  const { data, database } = options;
  const to = withEnvironment({
    ...(data !== undefined && { data }),
    ...(database !== undefined && { database }),
  });
  const onProgress = (counts: ImportCounts) => {
    if (line.isLive) line.draw(progressOf(counts));
  };
  try {
    const report = await importHistory({ from, to, experiments, artifacts, dryRun, signal, onProgress });
    line.clear();
    if (options.report !== undefined)
      await writeFileAtomic(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
    describe(report, terminal, describeProblem);
    terminal.exitStatus = statusOf(report);
  } finally {
    line.clear();
    release();
  }
}

function statusOf({ complete, problemCount }: ImportReport): number {
  if (!complete) return exitStatus.interrupted;
  return problemCount > 0 ? exitStatus.failed : exitStatus.done;
}

function progressOf({ runs, metricPoints, artifacts }: ImportCounts): string {
  const done = runs.added + runs.updated + runs.unchanged;
  return `${formatCount(done)} runs, ${formatCount(metricPoints)} values, ${formatCount(artifacts)} files`;
}

const rows = [
  ['experiments', 'experiments'],
  ['runs', 'runs'],
  ['logged models', 'loggedModels'],
  ['registered models', 'registeredModels'],
  ['versions', 'versions'],
] as const;

function describe(
  report: ImportReport,
  { out }: Terminal,
  describeProblem: (problem: ImportReport['problems'][number]) => string,
): void {
  const { counts, problems, problemCount, dryRun } = report;
  out.write(`${dryRun ? 'Would import from' : 'Imported from'} ${report.source}\n`);
  for (const [label, kind] of rows) {
    const { added, updated, unchanged } = counts[kind];
    const others = [
      updated > 0 && `${formatCount(updated)} updated`,
      unchanged > 0 && `${formatCount(unchanged)} unchanged`,
    ];
    const detail = others.filter((text) => text !== false).join(', ');
    const number = dryRun ? formatCount(added) : `${formatCount(added)} new`;
    out.write(`${label.padEnd(18)}${number}${detail === '' ? '' : `, ${detail}`}\n`);
  }
  if (!dryRun) {
    out.write(`${'metric values'.padEnd(18)}${formatCount(counts.metricPoints)}\n`);
    out.write(
      `${'files'.padEnd(18)}${formatCount(counts.artifacts)}, ${formatCount(counts.artifactBytes)} bytes\n`,
    );
  }
  if (problemCount > 0) out.write(`\n${formatCount(problemCount)} things did not fit:\n`);
  for (const problem of problems.slice(0, printed))
    out.write(`${paint(out, 'yellow', '-')} ${describeProblem(problem)}\n`);
  if (problemCount > printed)
    out.write(`... and ${formatCount(problemCount - printed)} more; --report FILE.json has them\n`);
  if (!report.complete) out.write('\nStopped. Run the same command again, and it goes on from there.\n');
}
