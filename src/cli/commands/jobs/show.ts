// `hone jobs show`: everything about one job.
import type { Command } from 'commander';
import type { Job, JobEvent, JsonValue } from '../../../app/index.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { shown } from '../../table/text-width.ts';
import { formatAge, formatTime } from '../../table/times.ts';
import { type Output, paint, type Terminal } from '../../terminal.ts';
import { eventLine, spanText, stateText } from './job-text.ts';
import { eventRecord, jobRecord } from './records.ts';
import { withJobs } from './with-jobs.ts';

type ShowOptions = LocationOptions & { readonly json?: true };

/** Events shown, the newest. */
const eventCount = 10;

export function defineShow(command: Command, terminal: Terminal): void {
  command
    .description('Shows a job: state, owner, specification, progress, result or error, last events.')
    .argument('<job>', 'its id, or six or more of its first characters')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', '\nExamples:\n  hone jobs show ftjob-4fJk20\n  hone jobs show ftjob-4fJk20 --json')
    .action((name: string, options: ShowOptions) => show(name, options, terminal));
  addLocationOptions(command);
}

async function show(name: string, options: ShowOptions, { out }: Terminal): Promise<void> {
  await withJobs(options, async (workflows, jobs) => {
    const job = await workflows.findJob(jobs, name);
    const events = await workflows.lastEvents(jobs, job.id, eventCount);
    if (options.json)
      out.write(`${JSON.stringify({ ...jobRecord(job), events: events.map(eventRecord) })}\n`);
    else describe(out, job, events);
  });
}

function describe(out: Output, job: Job, events: readonly JobEvent[]): void {
  out.write(`${paint(out, 'bold', shown(job.id))}\n`);
  for (const [name, value] of facts(job))
    if (value !== '') out.write(`  ${name.padEnd(12)}${shown(value)}\n`);
  section(out, 'Labels', valueLines(job.labels));
  section(out, 'Specification', valueLines(job.spec));
  section(out, 'Progress', valueLines(job.progress));
  section(out, 'Result', valueLines(job.result));
  section(
    out,
    'Last events (UTC)',
    events.map((event) => eventLine(out, event)),
  );
}

function facts(job: Job): readonly (readonly [string, string])[] {
  const { error, finishedAt } = job;
  const param = error?.param ? ` (${error.param})` : '';
  const waits = job.state === 'queued' && job.availableAt > Date.now();
  return [
    ['state', stateText(job)],
    ['error', error === null ? '' : `${error.code}: ${error.message}${param}`],
    ['kind', job.kind],
    ['owner', job.owner],
    ['priority', job.priority === 0 ? '' : String(job.priority)],
    ['group', job.groupKey ?? ''],
    ['attempts', `${job.attempt} of ${job.maxAttempts}`],
    ['created', `${formatTime(job.createdAt)} UTC (${formatAge(job.createdAt)})`],
    ['not before', waits ? `${formatTime(job.availableAt)} UTC` : ''],
    ['started', job.startedAt === null ? '' : `${formatTime(job.startedAt)} UTC`],
    ['ended', finishedAt === null ? '' : `${formatTime(finishedAt)} UTC`],
    ['took', spanText(job)],
    ['worker', job.worker ?? ''],
  ];
}

function section(out: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  out.write(`\n${paint(out, 'bold', title)}\n`);
  for (const line of lines) out.write(`  ${line}\n`);
}

/** One line for each member of an object; one for anything else that there is. */
function valueLines(value: JsonValue): readonly string[] {
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [shown(JSON.stringify(value))];
  const entries = Object.entries(value).filter(([, part]) => part !== null);
  const width = Math.max(0, ...entries.map(([key]) => key.length));
  return entries.map(([key, part]) =>
    shown(`${key.padEnd(width)}  ${typeof part === 'string' ? part : JSON.stringify(part)}`),
  );
}
