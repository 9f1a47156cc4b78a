// `hone jobs ls`: jobs with their states.
import { type Command, InvalidArgumentError } from 'commander';
import type { Job, JobState } from '../../../app/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge } from '../../table/times.ts';
import { type Output, paint, type Terminal } from '../../terminal.ts';
import { progressText, spanText, stateText } from './job-text.ts';
import { jobRecord } from './records.ts';
import { withJobs } from './with-jobs.ts';

type ListOptions = LocationOptions & {
  readonly state?: readonly JobState[];
  readonly kind?: string;
  readonly owner?: string;
  readonly limit: number;
  readonly json?: true;
};

const states: readonly JobState[] = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];

export function defineList(command: Command, terminal: Terminal): void {
  command
    .description('Lists jobs, newest first: kind, state, owner, how far and how long.')
    .option('--state <list>', `by comma: ${states.join(', ')}`, parseStates)
    .option('--kind <name>', 'only jobs of this kind')
    .option('--owner <name>', 'only jobs of this owner')
    .option('-n, --limit <count>', 'jobs listed', positiveInteger, 50)
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText(
      'after',
      '\nExamples:\n  hone jobs ls\n  hone jobs ls --state queued,running --owner alice --json',
    )
    .action((options: ListOptions) => list(options, terminal));
  addLocationOptions(command);
}

async function list(options: ListOptions, { out, err }: Terminal): Promise<void> {
  const { state, kind, owner, limit } = options;
  const { jobs, hasMore } = await withJobs(options, (_, queue) =>
    queue.list({ states: state, kinds: kind === undefined ? undefined : [kind], owner, limit }),
  );
  if (options.json) {
    out.write(`${JSON.stringify(jobs.map(jobRecord))}\n`);
    return;
  }
  if (jobs.length === 0) {
    const isFiltered = (state ?? kind ?? owner) !== undefined;
    err.write(
      isFiltered
        ? 'No job fits; hone jobs ls lists all\n'
        : 'There are no jobs; clients of hone server make them\n',
    );
    return;
  }
  out.write(table(out, jobs));
  if (hasMore) err.write(`${paint(err, 'dim', `More than ${limit} jobs: --limit shows more`)}\n`);
}

function table(out: Output, jobs: readonly Job[]): string {
  return formatTable(
    out,
    [
      { title: 'job' },
      { title: 'kind' },
      { title: 'state' },
      { title: 'owner', isFlexible: true },
      { title: 'created' },
      { title: 'took', align: 'right' },
      { title: 'progress', isOptional: true },
      { title: 'error', isFlexible: true, isOptional: true },
    ],
    jobs.map((job) => [
      job.id,
      job.kind,
      stateText(job),
      job.owner,
      formatAge(job.createdAt),
      spanText(job),
      progressText(job),
      job.error === null ? '' : `${job.error.code}: ${job.error.message}`,
    ]),
  ).text;
}

function parseStates(text: string): readonly JobState[] {
  return text.split(',').map((word) => {
    const state = states.find((known) => known === word.trim());
    if (state === undefined) throw new InvalidArgumentError(`Give some of: ${states.join(', ')}.`);
    return state;
  });
}
